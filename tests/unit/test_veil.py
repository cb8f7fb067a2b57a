"""A person's names under a pseudonym: whole words, Chinese text, JSON; nobody else's."""

import pytest

from data.store.veil import Veil

VEIL = Veil(("A0003", "bing.yi"), ("丙一", "Bing Yi"), "erased-1")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("A0003", "erased-1"),
        ("A0003;A0004", "erased-1;A0004"),
        ("A00031 XA0003 A0003-2 A0003_b", "A00031 XA0003 A0003-2 A0003_b"),
        ("坐席A0003请假", "坐席erased-1请假"),
        ("by A0003.", "by erased-1."),
        ("给丙一的班次", "给erased-1的班次"),
        ('{"n": "\\u4e19\\u4e00"}', '{"n": "erased-1"}'),
        ("Bing Yin and Bing Yi", "Bing Yin and erased-1"),
        ("/people/A0003/export", "/people/erased-1/export"),
    ],
)
def test_text(text: str, told: str) -> None:
    assert VEIL.text(text) == told


def test_json_with_its_keys() -> None:
    value = {"A0003": [1, None, "A0003", {"name": "丙一"}], "n": 3}
    assert VEIL.value(value) == {"erased-1": [1, None, "erased-1", {"name": "erased-1"}], "n": 3}
    assert not VEIL.names_in({"n": ["A0004", 3.5, True]})


def test_a_short_id_is_only_replaced_as_a_whole_cell() -> None:
    veil = Veil(("7", "42"), ("李",), "erased-1")
    assert veil.value({"agent": "7", "message": "7 of 42 agents, 李明", "name": "李"}) == {
        "agent": "erased-1",
        "message": "7 of 42 agents, 李明",
        "name": "erased-1",
    }
