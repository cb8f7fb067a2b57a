"""The guide: its pictures are there, all are shown, and both languages have the same sections."""

import re
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
PICTURE = re.compile(r"!\[[^\]]+\]\(pictures/(zh|en)/([\w-]+)\.png\)")


def told(language: str) -> tuple[list[str], int]:
    """Pictures of a page in their order, and how many sections it has."""
    text = (GUIDE / ("README.zh-CN.md" if language == "zh" else "README.md")).read_text(encoding="utf-8")
    found = PICTURE.findall(text)
    assert {one for one, _ in found} == {language}
    return [name for _, name in found], len(re.findall(r"^## ", text, re.MULTILINE))


def test_both_languages_tell_the_same() -> None:
    assert told("zh") == told("en")


def test_every_picture_is_there_and_shown() -> None:
    for language in ("zh", "en"):
        assert set(told(language)[0]) == {file.stem for file in (GUIDE / "pictures" / language).glob("*.png")}
