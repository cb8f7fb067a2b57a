"""The rulebook's screen has a word for every number of a rule and for every law that the ready rules cite."""

import re
from pathlib import Path

from data.exchange.rulebooks import ready_rules
from optimizer.rostering.rules import kinds

SCREEN = Path(__file__).parents[2] / "web" / "src" / "screens" / "rulebook"


def told(file: str, table: str, key: str) -> set[str]:
    """Keys of a table of the screen."""
    text = (SCREEN / file).read_text(encoding="utf-8")
    inner = re.split(r"\n[}\]];", text[text.index(f"const {table}") :])[0]
    return set(re.findall(key, inner, re.MULTILINE))


def test_every_number_of_a_rule_has_a_word_and_no_word_is_left_over() -> None:
    declared = {name for kind in kinds().values() for name in kind.Params.model_fields}
    assert told("figures.ts", "NUMBERS: Record", r"^  (\w+): told\(") == declared


def test_every_law_of_a_ready_rule_has_a_name_in_chinese() -> None:
    laws = told("source.ts", "CHINESE", r'^  \["([^"]+)"')
    cited = {part.strip() for rule in ready_rules().values() for part in rule.source.split(";")}
    laws_cited = {part for part in cited if part[:1].isupper()}  # what begins small is a remark
    assert len(laws_cited) > 10
    assert sorted(part for part in laws_cited if not any(law in part for law in laws)) == []
