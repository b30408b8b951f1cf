"""Stored API objects: the body as Stripe shows it, a private part beside it, and cursor lists."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from deploy.local.stripe_sandbox.database import Database, Row
from deploy.local.stripe_sandbox.errors import no_such, refused
from deploy.local.stripe_sandbox.params import Params

Body = dict[str, Any]

DEFAULT_LIMIT: Final = 10
MAX_LIMIT: Final = 100
_RANGES: Final = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
# What messages and `No such …` call each kind.
_NOUNS: Final = {
    "bank_account": "external account",
    "checkout_session": "checkout.session",
    "balance_transaction": "balance transaction",
    "transfer_reversal": "transfer reversal",
    "webhook_endpoint": "webhook endpoint",
}


@dataclass(slots=True, kw_only=True)
class Stored:
    """One object: change `body` or `private`, then hand it back to `Objects.save`."""

    id: str
    kind: str
    owner: str
    body: Body
    private: Body = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """One condition of a list: SQL from this package's constants, values from the request."""

    sql: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list, newest first."""

    items: list[Stored]
    has_more: bool


def noun(kind: str) -> str:
    """Return the words for a kind in Stripe's messages."""
    return _NOUNS.get(kind, kind)


def equals(name: str, value: Any) -> Where:
    """Match a top-level member of the body."""
    return Where(sql=f"json_extract(body, '$.{name}') = ?", values=(value,))


def in_range(name: str, value: Params | int) -> list[Where]:
    """Match `created=…` or `created[gte]=…` on a numeric member of the body."""
    if isinstance(value, int):
        return [equals(name, value)]
    return [
        Where(sql=f"json_extract(body, '$.{name}') {_RANGES[op]} ?", values=(bound,))
        for op, bound in value.items()
    ]


class Objects:
    """All objects of all kinds, in the order in which they were made."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listed_until: float | None = None

    @contextmanager
    def lagging(self, until: float) -> Iterator[None]:
        """Leave out of lists what was made after a moment: a reader that lags behind."""
        self._listed_until = until
        try:
            yield
        finally:
            self._listed_until = None

    def add(self, stored: Stored) -> None:
        """Insert a new object."""
        self._database.run(
            "INSERT INTO objects (id, kind, owner, body, private) VALUES (?, ?, ?, ?, ?)",
            (stored.id, stored.kind, stored.owner, _dump(stored.body), _dump(stored.private)),
        )

    def save(self, stored: Stored) -> None:
        """Write a changed object back."""
        touched = self._database.run(
            "UPDATE objects SET body = ?, private = ? WHERE id = ?",
            (_dump(stored.body), _dump(stored.private), stored.id),
        )
        if touched != 1:
            raise LookupError(f"{stored.kind} {stored.id} is not stored")

    def hand_over(self, stored: Stored) -> None:
        """Give an object to the owner that it names."""
        self._database.run("UPDATE objects SET owner = ? WHERE id = ?", (stored.owner, stored.id))

    def remove(self, stored: Stored) -> None:
        """Delete an object."""
        self._database.run("DELETE FROM objects WHERE id = ?", (stored.id,))

    def find(self, object_id: str, *, kind: str | None = None) -> Stored | None:
        """Return an object of any owner, or None."""
        row = self._database.row(
            "SELECT id, kind, owner, body, private FROM objects WHERE id = ?", (object_id,)
        )
        if row is None or (kind is not None and row[1] != kind):
            return None
        return _load(row)

    def get(
        self, object_id: str, *, kind: str, owner: str, param: str | None = None, status: int = 404
    ) -> Stored:
        """Return an owner's object, or raise Stripe's `No such …`."""
        found = self.find(object_id, kind=kind)
        if found is None or found.owner != owner:
            raise no_such(noun(kind), object_id, param=param or "id", status=status)
        return found

    def page(self, *, kind: str, owner: str, params: Params, where: list[Where]) -> Page:
        """Return one page by `limit`, `starting_after` and `ending_before`."""
        limit = _limit(params)
        conditions = [Where(sql="owner = ?", values=(owner,)), *where]
        if self._listed_until is not None:
            lag = "coalesce(json_extract(body, '$.created'), 0) <= ?"
            conditions.append(Where(sql=lag, values=(self._listed_until,)))
        newest_first = True
        if "starting_after" in params and "ending_before" in params:
            raise refused(
                "You may only specify one of these parameters: ending_before, starting_after."
            )
        if "starting_after" in params:
            seq = self._cursor(params["starting_after"], kind, owner, "starting_after")
            conditions.append(Where(sql="seq < ?", values=(seq,)))
        elif "ending_before" in params:
            seq = self._cursor(params["ending_before"], kind, owner, "ending_before")
            conditions.append(Where(sql="seq > ?", values=(seq,)))
            newest_first = False
        rows = self._select(kind, conditions, newest_first=newest_first, limit=limit + 1)
        items = [_load(row) for row in rows[:limit]]
        return Page(items=items if newest_first else items[::-1], has_more=len(rows) > limit)

    def all_of(self, *, kind: str, owner: str, where: list[Where], limit: int) -> list[Stored]:
        """Return up to `limit` objects, oldest first."""
        conditions = [Where(sql="owner = ?", values=(owner,)), *where]
        return [
            _load(row) for row in self._select(kind, conditions, newest_first=False, limit=limit)
        ]

    def _select(
        self, kind: str, conditions: list[Where], *, newest_first: bool, limit: int
    ) -> list[Row]:
        # The kind is written out, not bound: SQLite uses a partial index only when it can see
        # that the query implies the index's own condition.
        if not kind.replace("_", "").isalpha():
            raise ValueError(f"{kind!r} is no kind of object")
        clauses = " AND ".join(condition.sql for condition in conditions)
        values = tuple(value for condition in conditions for value in condition.values)
        order = "DESC" if newest_first else "ASC"
        return self._database.rows(
            f"SELECT id, kind, owner, body, private FROM objects "  # noqa: S608
            f"WHERE kind = '{kind}' AND {clauses} ORDER BY seq {order} LIMIT ?",
            (*values, limit),
        )

    def _cursor(self, object_id: str, kind: str, owner: str, param: str) -> int:
        row = self._database.row(
            "SELECT seq FROM objects WHERE id = ? AND kind = ? AND owner = ?",
            (object_id, kind, owner),
        )
        if row is None:
            raise no_such(noun(kind), object_id, param=param, status=400)
        return int(row[0])


def _limit(params: Params) -> int:
    limit = int(params.get("limit", DEFAULT_LIMIT))
    for wrong, words, bound in (
        (limit > MAX_LIMIT, "less than or equal to", MAX_LIMIT),
        (limit < 1, "greater than or equal to", 1),
    ):
        if wrong:
            raise refused(
                f"This value must be {words} {bound} (it currently is '{limit}').",
                code="parameter_invalid_integer",
                param="limit",
            )
    return limit


def _load(row: Row) -> Stored:
    object_id, kind, owner, body, private = row
    return Stored(
        id=object_id,
        kind=kind,
        owner=owner,
        body=orjson.loads(body),
        private=orjson.loads(private),
    )


def _dump(value: Body) -> str:
    return orjson.dumps(value).decode()
