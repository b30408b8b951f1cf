"""Where notices may go: to the world, and never to what is near the platform itself.

An address is judged twice: as it is written, when it is registered, and as it resolves, at every
try, for a name may point elsewhere tomorrow. Only what is judged is connected to.
"""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.notices.notices import URL_CHARACTERS_MAX

# All of the IPv6 that is given out to anybody (IANA); what is elsewhere, as fec0::/10, is near, or
# nowhere.
_GIVEN_OUT: Final = ipaddress.ip_network("2000::/3")
# In it, addresses that carry one of IPv4 (6to4, Teredo), which would have to be judged, and most of
# that is guesswork; and what documentation uses (RFC 9637).
_NOT_PUBLIC: Final = tuple(
    ipaddress.ip_network(text) for text in ("2002::/16", "2001::/32", "3fff::/20")
)
_LOCAL_NAMES: Final = (".localhost", ".local", ".internal", ".lan", ".home.arpa")


class WebhookUrlInvalid(DomainError):
    """Notices do not go there."""

    kind, reason = Kind.INVALID, "WEBHOOK_URL_INVALID"


def check_url(url: str, *, allow_private: bool) -> None:
    """Refuse what notices may not be sent to. Errors: WebhookUrlInvalid."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as err:
        raise WebhookUrlInvalid("it is no URL", field="url", rule="url") from err
    schemes = ("https", "http") if allow_private else ("https",)
    faults = (
        (len(url) > URL_CHARACTERS_MAX, f"more than {URL_CHARACTERS_MAX} characters", "length"),
        (not url.isascii() or not url.isprintable() or " " in url, "strange characters", "ascii"),
        (parts.scheme not in schemes, f"it must begin with {schemes[0]}://", "https"),
        (not host, "it names no host", "host"),
        ("@" in parts.netloc, "it carries a name or a password", "userinfo"),
        (bool(parts.fragment), "it has a fragment", "fragment"),
        (not allow_private and not _is_public_host(host), "it is no public address", "private"),
    )
    for is_wrong, words, rule in faults:
        if is_wrong:
            raise WebhookUrlInvalid(f"no notices go there: {words}", field="url", rule=rule)


def is_public(address: str) -> bool:
    """Whether an IP address is out in the world."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        elif found not in _GIVEN_OUT or any(found in block for block in _NOT_PUBLIC):
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def _is_public_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        name = f".{host.rstrip('.').lower()}"
        # A number is an address in other clothes; a name without a point is a neighbour.
        is_number = name.rpartition(".")[2].startswith(tuple("0123456789"))
        return "." in name[1:] and not name.endswith(_LOCAL_NAMES) and not is_number
    return is_public(host)
