"""Payees' banks as far as files go to them, and the operator who takes the files there.

The bank pays every line of every file that it is given, and looks at nothing: that no payment is in
two files is for the service to see to.
"""

from __future__ import annotations

import asyncio
import csv
import io
import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crewline.payouts.v1 import service_pb2 as pb
from crewline.payouts.v1 import types_pb2
from services.chassis.errors import DomainError
from tests.simulation.payouts_process import request_id

Insist = Callable[[str, Any], Awaitable[Any]]
_EVERY_SECONDS = 40.0
_TELLS_AFTER_SECONDS = (5.0, 60.0)
_HEADER = "reference,outcome,value_date,bank_reference,code"
_LOST_TRACK = "the same order is in two files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """One line of a file."""

    payee_id: str
    amount_minor: int


@dataclass(slots=True, kw_only=True)
class Bank:
    """What payees were paid by file, by the references of the orders, in minor units."""

    failure: str = ""
    """Why it pays nothing for now."""
    paid: dict[str, Paid] = field(default_factory=dict)
    """What has come back is not in it."""
    doubled: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _untold: list[str] = field(default_factory=list)

    def take(self, batch: types_pb2.PayoutBatch) -> list[str]:
        """Takes a file; returns the rows that tell what came of it."""
        told = []
        for row in csv.DictReader(io.StringIO(batch.csv)):
            reference = row["reference"]
            if reference in self._seen:
                self.doubled.append(f"{_LOST_TRACK}: {reference}")
            self._seen.add(reference)
            if self.failure:
                told.append(f"{reference},failed,2030-01-08,F-{reference},{self.failure}")
                continue
            self.paid[reference] = Paid(
                payee_id=row["payee_id"],
                amount_minor=int(Decimal(row["amount"]) * 100),
            )
            told.append(f"{reference},paid,2030-01-08,P-{reference},")
        return told

    def send_back(self) -> int:
        """All that was paid comes back; the operator is told with the next rows."""
        self._untold += [
            f"{reference},returned,2030-01-09,R-{reference},account_closed"
            for reference in self.paid
        ]
        count = len(self.paid)
        self.paid.clear()
        return count

    @property
    def news(self) -> tuple[str, ...]:
        """Rows that nobody asked for, until they are `heard`."""
        return tuple(self._untold)

    def heard(self, rows: list[str]) -> None:
        """The service has them."""
        self._untold = [row for row in self._untold if row not in rows]

    def totals_minor(self) -> dict[str, int]:
        """What each payee has."""
        totals: Counter[str] = Counter()
        for one in self.paid.values():
            totals[one.payee_id] += one.amount_minor
        return dict(totals)


@dataclass(slots=True, kw_only=True)
class FileOperator:
    """Goes round between the service and the bank; repeats what nobody answered."""

    bank: Bank
    insist: Insist
    are_waiting: Callable[[], bool]
    """Whether any order is in no file yet."""
    dice: random.Random
    twice_share: float

    async def run(self) -> None:
        """Until it is cancelled."""
        for number in itertools.count(1):
            await asyncio.sleep(_EVERY_SECONDS)
            rows = list(self.bank.news)
            if self.are_waiting():
                rows += await self._export(number)
            if rows:
                await asyncio.sleep(self.dice.uniform(*_TELLS_AFTER_SECONDS))
                await self._tell(rows, f"outcomes {number}")
                self.bank.heard(rows)
                if self.dice.random() < self.twice_share:
                    await self._tell(rows, f"outcomes {number} again")

    async def _export(self, number: int) -> list[str]:
        order = pb.ExportPayoutsRequest(request_id=request_id(f"export {number}"), currency="USD")
        try:
            batch = (await self.insist("ExportPayouts", order)).batch
        except DomainError as err:
            if err.reason != "NOTHING_TO_EXPORT":
                raise
            return []
        return self.bank.take(batch)

    async def _tell(self, rows: list[str], what: str) -> None:
        order = pb.ImportPayoutOutcomesRequest(
            request_id=request_id(what), csv="\n".join((_HEADER, *rows))
        )
        answer = await self.insist("ImportPayoutOutcomes", order)
        assert answer.refused == 0, answer
