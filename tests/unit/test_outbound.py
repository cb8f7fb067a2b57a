"""Which addresses are called."""

import pytest

from api.outbound import Refused, check_url, is_public, pin
from data.model.errors import InvalidData


@pytest.mark.parametrize(
    ("number", "public"),
    [
        ("8.8.8.8", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:7f00:1::", False),
        ("2001:4860:4860::8888", True),
    ],
)
def test_private_addresses_are_known_however_they_are_written(number: str, public: bool) -> None:
    assert is_public(number) is public


@pytest.mark.parametrize(
    "url", ["http://example.org/", "ftp://example.org/", "https://", "https://a:b@example.org/", "x", "https://h:99999/"]
)
def test_what_is_no_https_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidData, match="https://"):
        check_url(url, private=False)


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://localhost:8443/x", "https://[::1]/", "https://2130706433/", "https://0x7f.1/"]
)
def test_a_name_that_stands_for_this_machine_is_not_called(url: str) -> None:
    with pytest.raises(Refused):
        pin(url, private=False)


def test_the_address_that_was_checked_is_the_one_that_is_called() -> None:
    pinned = pin("http://localhost:8080/a?b=1", private=True)
    assert pinned.url in ("http://127.0.0.1:8080/a?b=1", "http://[::1]:8080/a?b=1")
    assert (pinned.host, pinned.name) == ("localhost:8080", "localhost")
