"""Passwords: Argon2id with the parameters that its authors recommend, and random ones that are told once."""

import secrets
from functools import cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash

from data.model.errors import Finding, InvalidData

LEAST, MOST = 12, 128
"""Characters of a password."""

_AT_ONCE = BoundedSemaphore(4)  # each hash takes 64 MiB for its time: many logins at once must not take the memory


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobody() -> str:
    """Hash that a password is compared with where there is no such account, so that the answer takes as long."""
    return hashed(secrets.token_urlsafe(16))


def hashed(password: str) -> str:
    """Hash of a password, with its salt and parameters."""
    with _AT_ONCE:
        return _hasher().hash(password)


def matches(password: str, kept: str | None) -> bool:
    """Whether a password is the one of a hash; without a hash it takes as long and is not."""
    against = kept or _nobody()
    with _AT_ONCE:
        return _hasher().verify(password, against) and bool(kept)


def one_time_password() -> str:
    """A random password, to be changed at the first login."""
    return secrets.token_urlsafe(15)


def check_password(password: str, name: str) -> None:
    """Refuse a weak password.

    Raises
    ------
    InvalidData
        It is too short, too long, or holds the name.

    References
    ----------
    NIST SP 800-63B: length counts, not kinds of characters.
    """
    if not LEAST <= len(password) <= MOST or name.lower() in password.lower():
        wanted = f"{LEAST} to {MOST} characters that do not hold the name"
        raise InvalidData([Finding("password", None, None, "...", wanted)])
