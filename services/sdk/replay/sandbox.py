"""What of a local stack is not behind gRPC: the Stripe sandbox's control address, the metrics."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from services.sdk.replay.many import each
from services.sdk.replay.patience import Deadline, OutOfTime, wait_until

_TIMEOUT_SECONDS = 10.0
# A service that is being restarted answers again within.
_SCRAPE_SECONDS = 15.0
_PUBLISHED = "crewline_outbox_sent_total"
_HANDLED = "crewline_consumer_messages_total"
_DEAD = 'outcome="dead"'
_SAMPLE = re.compile(r"^(?P<name>[a-z_]+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$", re.MULTILINE)


class SandboxFailed(Exception):
    """The sandbox refused, or did not answer for as long as it was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderMoney:
    """Where the sandbox has one currency's money, in minor units."""

    platform_minor: int
    connected_minor: int
    paid_out_minor: int
    payouts_in_flight_minor: int
    conserved: bool

    @property
    def inside_minor(self) -> int:
        """All that is still at the provider: ours and the payees'."""
        return self.platform_minor + self.connected_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """Counts of one process since it started."""

    events_published: int
    dead_letters: int


class StripeSandbox:
    """The control API; every call is safe to repeat and is repeated until the deadline."""

    def __init__(self, url: str, *, deadline: Deadline) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_SECONDS, trust_env=False)
        self._deadline = deadline

    async def complete_onboarding(self, account_id: str) -> None:
        """Does what the payee would do on the provider's page. Errors: SandboxFailed."""
        await self._ask("POST", "/_sandbox/complete_onboarding", {"account": account_id})

    async def money(self, currency: str) -> ProviderMoney:
        """All its money of one currency. Errors: SandboxFailed."""
        lines = await self._ask("GET", "/_sandbox/ledger", None)
        line = lines.get(currency.lower(), {})
        return ProviderMoney(
            platform_minor=int(line.get("platform_balance_minor", 0)),
            connected_minor=int(line.get("connected_balance_minor", 0)),
            paid_out_minor=int(line.get("paid_out_minor", 0)),
            payouts_in_flight_minor=int(line.get("payouts_in_flight_minor", 0)),
            conserved=bool(line.get("conserved", True)),
        )

    async def close(self) -> None:
        """Ends its connections."""
        await self._client.aclose()

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        async def attempt() -> httpx.Response | None:
            try:
                answer = await self._client.request(method, path, json=body)
            except httpx.TransportError:
                return None
            return None if answer.status_code in (429, 502, 503, 504) else answer

        what = f"{method} {path} at the Stripe sandbox"
        answer = await wait_until(attempt, deadline=self._deadline, what=what)
        if answer.is_error:
            raise SandboxFailed(f"{what}: {answer.status_code} {answer.text[:300]}")
        said = answer.json()
        if not isinstance(said, dict):
            raise SandboxFailed(f"{what}: no object came back")
        return said


def count_samples(text: str) -> Counters:
    """The two counts out of a metrics page."""
    published = dead = 0.0
    for sample in _SAMPLE.finditer(text):
        if sample["name"] == _PUBLISHED:
            published += float(sample["value"])
        elif sample["name"] == _HANDLED and _DEAD in (sample["labels"] or ""):
            dead += float(sample["value"])
    return Counters(events_published=round(published), dead_letters=round(dead))


async def scrape(
    addresses: Mapping[str, str], *, seconds: float = _SCRAPE_SECONDS
) -> dict[str, Counters]:
    """The counts of every service whose metrics page answers within so long, by service."""
    deadline = Deadline.after(seconds)
    async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:

        async def one(name: str) -> tuple[str, Counters] | None:
            address = addresses[name]
            url = address if "://" in address else f"http://{address}/metrics"

            async def page() -> str | None:
                try:
                    answer = await client.get(url)
                except httpx.TransportError:
                    return None
                return answer.text if answer.is_success else None

            try:
                text = await wait_until(page, deadline=deadline, what=f"the metrics of {name}")
            except OutOfTime:
                return None
            return name, count_samples(text)

        return dict(found for found in await each(addresses, one, at_once=8) if found is not None)


def grown(before: Mapping[str, Counters], after: Mapping[str, Counters]) -> Counters | None:
    """What was counted in between; None where a service told nothing.

    A service that was started again in between has counted from 0: its share is too small then.
    """
    if not before or set(before) != set(after):
        return None
    published = dead = 0
    for name, now in after.items():
        then = before[name]
        again = now.events_published < then.events_published
        published += now.events_published - (0 if again else then.events_published)
        dead += now.dead_letters - (0 if again else then.dead_letters)
    return Counters(events_published=published, dead_letters=dead)
