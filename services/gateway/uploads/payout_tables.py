"""Tables of floors and of exchange rates as CSV: good rows in, bad ones told by their lines."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response
from google.protobuf.message import Message

from crewline.payouts.v1 import floors_pb2 as pb
from services.chassis.validation import violations
from services.gateway.bodies import read_chunks
from services.gateway.callers import Caller
from services.gateway.peers import Peers
from services.gateway.rest.elements import media_type, unsupported
from services.gateway.rest.rows import RowProblem
from services.gateway.uploads.answers import answer
from services.gateway.uploads.csv_rows import CsvRow, read_csv

CSV: Final = "text/csv"
ROWS_PER_REQUEST: Final = 1000
# A table of every region of every country has a tenth of it.
ROWS_MAX: Final = 100_000
_ERRORS_TOLD_MAX: Final = 1_000
_LINE: Final = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableKind:
    """What a table's rows are, and what takes them."""

    row: type[Any]
    request: type[Any]
    rpc: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The cells of a row; where it stands in its file is none of them."""
        names = (one.name for one in self.row.DESCRIPTOR.fields)
        return tuple(name for name in names if name != _LINE)


FLOORS: Final = TableKind(row=pb.FloorRow, request=pb.ImportFloorsRequest, rpc="ImportFloors")
RATES: Final = TableKind(row=pb.RateRow, request=pb.ImportRatesRequest, rpc="ImportRates")


@dataclass(slots=True, kw_only=True)
class _Told:
    """What became of the rows so far."""

    say: Callable[[pb.RowProblem], str]
    count: int = 0
    added: int = 0
    known: int = 0
    refused: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, line: int, message: str, *, name: str = "", rule: str = "") -> None:
        self.refused += 1
        if len(self.errors) < _ERRORS_TOLD_MAX:
            self.errors.append({"line": line, "field": name, "rule": rule, "message": message})

    def summary(self) -> dict[str, Any]:
        return {
            "created": self.added,
            "duplicates": self.known,
            "refused": self.refused,
            "errors": sorted(self.errors, key=lambda one: int(one[_LINE])),
            "errors_truncated": self.refused > len(self.errors),
        }


class PayoutTables:
    """Who may load a table is the service's to judge; what is known is no new version."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    async def load(
        self,
        request: Request,
        caller: Caller,
        *,
        kind: TableKind,
        say: Callable[[pb.RowProblem], str],
    ) -> Response:
        """`{created, duplicates, refused, errors}`, once all is in; lines of progress before it.

        `say` puts what the service has against a row into the reader's words.

        Errors:
            HTTPException: 415 for what is no CSV. RemoteError: of the service, by the first rows.
        """
        if media_type(request) != CSV:
            raise unsupported(media_type(request), CSV)
        told = _Told(say=say)

        async def work() -> dict[str, Any]:
            await self._send(read_csv(read_chunks(request)), kind, told, caller)
            return told.summary()

        return await answer(request, told, work)

    async def _send(
        self, rows: AsyncIterator[CsvRow], kind: TableKind, told: _Told, caller: Caller
    ) -> None:
        batch: list[Any] = []
        async for line, cells in rows:
            told.count += 1
            if told.count > ROWS_MAX:
                told.refuse(line, f"a table has at most {ROWS_MAX} rows: the others were not read")
                break
            if isinstance(cells, RowProblem):
                told.refuse(line, cells.message, name=cells.field, rule=cells.reason)
                continue
            unknown = sorted(set(cells) - set(kind.columns))
            if unknown:
                # The header is of every row: nothing of such a file goes in.
                message = f"the columns are {', '.join(kind.columns)}"
                told.refuse(1, message, name=unknown[0], rule="COLUMN_UNKNOWN")
                break
            row = kind.row(line=line, **cells)
            if found := violations(row):
                told.refuse(line, found[0].description, name=found[0].field, rule=found[0].rule)
                continue
            batch.append(row)
            if len(batch) == ROWS_PER_REQUEST:
                await self._post(batch, kind, told, caller)
                batch = []
        if batch:
            await self._post(batch, kind, told, caller)

    async def _post(
        self, batch: list[Message], kind: TableKind, told: _Told, caller: Caller
    ) -> None:
        rpc: Callable[..., Any] = getattr(self._peers.payouts, kind.rpc)
        # The same rows again say nothing new: a repeat needs no memory of this request.
        request = kind.request(request_id=str(uuid.uuid4()), rows=batch)
        found = await self._peers.call(rpc, request, caller=caller)
        told.added += found.added
        told.known += found.known
        for one in found.problems:
            told.refuse(one.line, told.say(one), name=one.field, rule=one.rule)
