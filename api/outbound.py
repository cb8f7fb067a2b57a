"""Calls to addresses of others: only to what was configured, and never into the private network unless that is allowed."""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from data.model.errors import EchelonError, Finding, InvalidData


class Refused(EchelonError):
    """An address that is not called."""


@dataclass(frozen=True)
class Pinned:
    """An address whose name was looked up once: what was checked is what is called.

    Parameters
    ----------
    url : str
        With the number in place of the name.
    host : str
        Name (and port) for the ``Host`` header.
    name : str
        Name that the certificate must carry.
    """

    url: str
    host: str
    name: str


def check_url(url: str, *, private: bool, where: str = "url") -> None:
    """Refuse a URL that would never be called.

    Parameters
    ----------
    private : bool
        Whether plain HTTP and private addresses are allowed.

    Raises
    ------
    InvalidData
        It is no URL with a host, holds a password, or is not HTTPS.
    """
    schemes = ("https", "http") if private else ("https",)
    try:
        told = urlsplit(url)
        sound = told.scheme in schemes and bool(told.hostname) and told.username is None and (told.port or 1) > 0
    except ValueError:
        sound = False
    if not sound:
        expected = f"a URL that begins with {' or '.join(f'{one}://' for one in schemes)}, with a host and without a password"
        raise InvalidData([Finding("body", None, where, repr(url), expected)])


def pin(url: str, *, private: bool) -> Pinned:
    """Look an address up, and check every number that its name stands for.

    Raises
    ------
    InvalidData
        As of `check_url`.
    Refused
        The name is not known, or stands for a private address and that is not allowed.
    """
    check_url(url, private=private)
    told = urlsplit(url)
    name = told.hostname or ""
    port = told.port or (443 if told.scheme == "https" else 80)
    try:
        found = [one[4][0] for one in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise Refused(f"{name} is not known: {error}") from error
    closed = [str(one) for one in found if not private and not is_public(str(one))]
    if closed or not found:
        raise Refused(f"{name} is {', '.join(closed)}: private addresses are not called")
    number = f"[{found[0]}]" if ":" in str(found[0]) else str(found[0])
    return Pinned(urlunsplit((told.scheme, f"{number}:{port}", told.path or "/", told.query, "")), told.netloc, name)


def is_public(number: str) -> bool:
    """Whether an address is one of the open internet, also where it is written within another (IPv4 in IPv6)."""
    address = ipaddress.ip_address(number.split("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        in_nat64 = address in ipaddress.ip_network("64:ff9b::/96")
        if inner is not None or in_nat64:
            return is_public(str(inner or ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
    return address.is_global and not address.is_multicast
