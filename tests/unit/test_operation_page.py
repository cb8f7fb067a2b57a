"""The page on operation tells the settings and commands that there are."""

import re
from pathlib import Path

from api.service_names import SERVICE
from api.settings import Settings
from api.settings_page import PAGE, brought_up_to_date, rows

ROOT = Path(__file__).parents[2]


def test_the_table_of_settings_is_the_one_of_now() -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    assert page == brought_up_to_date(page), "python -m api.settings_page"


def test_every_setting_is_documented() -> None:
    assert [name for name, _, _, says in rows() if not says] == []
    assert {name for name, *_ in rows()} == set(Settings.model_fields)


def test_the_unit_and_the_container_start_a_command_that_there_is() -> None:
    for file in ("echelon.service", "Containerfile"):
        told = (ROOT / "deploy" / file).read_text(encoding="utf-8")
        assert re.search(r'echelon"?,? "?serve', told)
    assert "serve" in SERVICE
