"""Whose request it is: the address of the connection, or what trusted proxies say of it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from starlette.types import Scope

_FORWARDED_FOR = b"x-forwarded-for"
_FORWARDED_BYTES_MAX = 2000

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class ClientAddresses:
    """Reads X-Forwarded-For from the right, and believes it as far as trusted proxies wrote it."""

    def __init__(self, *, trusted_proxies: Iterable[Network] = ()) -> None:
        self._trusted = tuple(trusted_proxies)

    def of(self, scope: Scope) -> str:
        """An IP address; "" where the connection has none (a Unix socket)."""
        client = scope.get("client")
        nearest = client[0] if client else ""
        if not self._trusted or not self._is_trusted(nearest):
            return nearest
        for hop in reversed(_forwarded(scope)):
            if not _is_address(hop):
                break  # nobody whom we trust writes such a thing
            nearest = hop
            if not self._is_trusted(hop):
                break
        return nearest

    def _is_trusted(self, text: str) -> bool:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        return any(address in network for network in self._trusted)


def network_of(address: str) -> str:
    """What requests are counted by: of IPv6 the network, for one host has many addresses."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network(f"{address.partition('%')[0]}/64", strict=False))
    except ValueError:
        return address


def _forwarded(scope: Scope) -> list[str]:
    values = [value for name, value in scope["headers"] if name == _FORWARDED_FOR]
    text = b",".join(values)[-_FORWARDED_BYTES_MAX:].decode("latin-1")
    return [hop.strip() for hop in text.split(",") if hop.strip()]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
