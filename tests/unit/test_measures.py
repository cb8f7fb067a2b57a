"""The catalogue of incentive measures: the ready one, and what is wrong with another."""

from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from data.exchange.measures import MEASURES, read_measures
from data.model.errors import InvalidData
from data.model.measure import Claim, Effect


def test_the_ready_catalogue_holds_each_effect_once_in_two_languages() -> None:
    catalogue = read_measures()
    assert sorted(measure.effect for measure in catalogue.measures) == sorted(get_args(Effect))
    assert [measure.of_roster for measure in catalogue.measures] == [True] * 6 + [False] * 5
    assert {"常白班", "优选排次", "节日连休"} < {measure.name_zh for measure in catalogue.measures}
    assert catalogue.order == ("cost_per_point", "points_held", "waiting", "draw")


def test_everything_wrong_with_a_catalogue_is_found_at_once(tmp_path: Path) -> None:
    path = tmp_path / "measures.toml"
    text = MEASURES.read_text(encoding="utf-8").replace("price = 60", "price = -1").replace('"day_shifts"', '"dayshifts"')
    path.write_text(text.replace('code = "AL"', ""), encoding="utf-8")
    with pytest.raises(InvalidData) as caught:
        read_measures(path)
    assert [finding.column for finding in caught.value.findings] == ["measures.0.effect", "measures.0.price", "measures.3"]
    path.write_text(MEASURES.read_text(encoding="utf-8").replace('"shift_pick"', '"honour"'), encoding="utf-8")
    with pytest.raises(InvalidData, match="stand twice: honour"):
        read_measures(path)


def test_a_claim_is_kept_until_its_days_begin_at_the_latest() -> None:
    pick = read_measures().measure("shift_pick")
    claim = Claim(
        id="c",
        agent="a",
        measure=pick.id,
        made_at="2026-05-01T08:00+08:00",
        first=date(2026, 6, 1),
        last=date(2026, 6, 2),
        shift="E",
    )
    assert claim.expires(pick) == date(2026, 6, 1)
    assert claim.model_copy(update={"first": date(2026, 9, 1)}).expires(pick) == date(2026, 6, 30)
