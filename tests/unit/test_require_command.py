"""``echelon require``: its options, the file it writes, and the explanation of one number."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from api import planning
from api.commands import requirement as requirement_commands
from data.exchange.folder import CentreFolder, read_folder, write_folder, write_template
from data.exchange.forecasts import read_forecast, write_forecast
from data.exchange.requirements import read_requirement
from data.model.centre import ShrinkageCause
from data.model.errors import InvalidData
from data.model.time import Horizon

app = typer.Typer()
app.command()(requirement_commands.require)


def told(*words: object) -> str:
    answer = CliRunner().invoke(app, [*map(str, words)], env={"COLUMNS": "400"})
    if answer.exception is not None:
        raise answer.exception
    return answer.output


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> CentreFolder:
    """The template with a cause of shrinkage, and three days of forecast."""
    folder: Path = tmp_path_factory.mktemp("require") / "centre"
    write_template(folder)
    read = read_folder(folder)
    causes = (ShrinkageCause(id="leave", name="Leave", share=0.1, known_days=0.5),)
    write_folder(replace(read, centre=read.centre.model_copy(update={"shrinkage_causes": causes})), folder)
    read = read_folder(folder)
    history = planning.learn(read)
    day = Horizon(zone=read.centre.zone, first=history.grid.horizon.last, days=3)
    write_forecast(planning.forecast(read, history, day.start, day), folder / "forecast.csv")
    return read


def ten(centre: CentreFolder) -> str:
    """The queue at ten on the second day."""
    return f"service@{read_requirement(centre.path / 'requirement.csv').grid.horizon.dates[1]}T10:00"


@pytest.mark.parametrize("load", ["mean", "expected", "0.8"])
@pytest.mark.parametrize("load_model", ["stationary", "offered_load", "carried"])
def test_options_are_written_read_back_and_explained(load: str, load_model: str, centre: CentreFolder) -> None:
    said = told(centre.path, "--load", load, "--load-model", load_model)
    made = read_requirement(centre.path / "requirement.csv")
    assert f"{made.heads.max()} agents at the peak" in said
    assert (made.origin["load"], made.origin["load_model"]) == (load, load_model)
    before = (centre.path / "requirement.csv").read_bytes()
    english, chinese = (told(centre.path, "--explain", ten(centre), "--lang", lang) for lang in ("en", "zh"))
    slot = made.grid.size // 3 + 20
    for text in (english, chinese):
        assert f"= {made.heads[0, slot]}" in text
    assert "Leave: 10.00%" in english
    assert "排班人数" in chinese
    assert (centre.path / "requirement.csv").read_bytes() == before


def test_what_was_written_is_what_was_made(centre: CentreFolder) -> None:
    told(centre.path, "--load", "expected")
    read = read_requirement(centre.path / "requirement.csv")
    made = planning.require(centre, read_forecast(centre.path / "forecast.csv"), load="expected")
    for name in ("on_phone", "heads", "binding", "curve_first"):
        np.testing.assert_array_equal(getattr(read, name), getattr(made, name))
    for name in ("calls", "shrinkage", "curve"):
        np.testing.assert_allclose(getattr(read, name), getattr(made, name), atol=1e-6)
    assert (read.method, read.origin) == (made.method, made.origin)
    assert np.ptp(read.shrinkage) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("words", "column"),
    [
        (("--model", "erlang_z"), "--model"),
        (("--load", "mode"), "--load"),
        (("--load", "0.999"), "load"),
        (("--load", "nan"), "load"),
        (("--load-model", "psychic"), "--load-model"),
        (("--explain", "service@noon"), "--explain"),
        (("--explain", "service"), "--explain"),
        (("--explain", "other@2026-06-01T10:00"), "--explain"),
        (("--explain", "service@1999-06-01T10:00"), "--explain"),
        (("--explain", "service@2026-06-01T10:00", "--lang", "fr"), "--lang"),
    ],
)
def test_options_that_do_not_fit_are_told(words: tuple[str, ...], column: str, centre: CentreFolder) -> None:
    told(centre.path)
    before = (centre.path / "requirement.csv").read_bytes()
    with pytest.raises(InvalidData) as error:
        told(centre.path, *words)
    assert [finding.column for finding in error.value.findings] == [column]
    assert (centre.path / "requirement.csv").read_bytes() == before


def test_without_a_forecast_or_a_requirement_the_next_step_is_told(tmp_path: Path) -> None:
    write_template(tmp_path / "centre")
    for words, fix in (((), "echelon forecast"), (("--explain", "service@2026-06-01T10:00"), "echelon require")):
        with pytest.raises(InvalidData, match=fix):
            told(tmp_path / "centre", *words)


def test_a_queue_that_the_centre_no_longer_has_is_told(centre: CentreFolder, tmp_path: Path) -> None:
    told(centre.path)
    queue = centre.centre.queues[0].model_copy(update={"id": "help"})
    agents = tuple(agent.model_copy(update={"skills": ("help",)}) for agent in centre.agents)
    renamed = replace(centre, centre=centre.centre.model_copy(update={"queues": (queue,)}), agents=agents, events=())
    write_folder(renamed, tmp_path / "centre")
    for file in centre.path.glob("requirement.*"):
        shutil.copy(file, tmp_path / "centre")
    with pytest.raises(InvalidData, match="QUEUE@TIME"):
        told(tmp_path / "centre", "--explain", ten(centre))
