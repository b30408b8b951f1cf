"""The sandbox's file: one SQLite connection; every change is committed before its reply."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    body TEXT NOT NULL,
    private TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, owner, seq);
CREATE INDEX IF NOT EXISTS transfers_by_group
    ON objects (json_extract(body, '$.transfer_group'), seq) WHERE kind = 'transfer';
CREATE INDEX IF NOT EXISTS transfers_by_destination
    ON objects (json_extract(body, '$.destination'), seq) WHERE kind = 'transfer';
CREATE INDEX IF NOT EXISTS reversals_by_transfer
    ON objects (json_extract(body, '$.transfer'), seq) WHERE kind = 'transfer_reversal';
CREATE INDEX IF NOT EXISTS transactions_by_source
    ON objects (json_extract(body, '$.source'), seq) WHERE kind = 'balance_transaction';
CREATE INDEX IF NOT EXISTS payouts_by_status
    ON objects (json_extract(body, '$.status'), seq) WHERE kind = 'payout';
CREATE INDEX IF NOT EXISTS events_undelivered
    ON objects (owner, seq) WHERE kind = 'event' AND json_extract(body, '$.pending_webhooks') > 0;
CREATE TABLE IF NOT EXISTS balances (
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    available INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    PRIMARY KEY (account, currency)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS balances_negative ON balances (currency) WHERE available + pending < 0;
CREATE TABLE IF NOT EXISTS conversions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    source_amount INTEGER NOT NULL,
    target TEXT NOT NULL,
    target_amount INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS postings (
    txn TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    type TEXT NOT NULL,
    amount INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS timers (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    due REAL NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS timers_by_due ON timers (due, seq);
CREATE TABLE IF NOT EXISTS idempotency (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    created REAL NOT NULL,
    path TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    request_id TEXT NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (account, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS idempotency_by_age ON idempotency (created);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    created REAL NOT NULL,
    attempts INTEGER NOT NULL,
    due REAL,
    outcome TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS deliveries_by_due ON deliveries (due) WHERE due IS NOT NULL;
CREATE INDEX IF NOT EXISTS deliveries_by_endpoint ON deliveries (endpoint) WHERE due IS NOT NULL;
"""

_LOCK_WAIT_SECONDS: Final = 1.0

Row = tuple[Any, ...]


class Database:
    """A thin hold on SQLite: statements, one open transaction at a time, a key-value corner."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._open(path)
        except sqlite3.OperationalError as cause:
            raise OSError(f"{path} cannot be opened: {cause}") from cause

    def _open(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=_LOCK_WAIT_SECONDS)
        # WAL with NORMAL: a commit is in the operating system's hands when it returns, which is
        # what surviving SIGKILL takes; only a power cut could lose the last commits.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything done inside, or nothing of it."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo only what was done inside when it raises; the transaction around it goes on."""
        self._connection.execute("SAVEPOINT step")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK TO step")
            self._connection.execute("RELEASE step")
            raise
        self._connection.execute("RELEASE step")

    def run(self, statement: str, values: tuple[Any, ...] = ()) -> int:
        """Execute a change and return how many rows it touched."""
        return self._connection.execute(statement, values).rowcount

    def rows(self, statement: str, values: tuple[Any, ...] = ()) -> list[Row]:
        """Return all rows of a query; callers put a LIMIT on what can grow."""
        return self._connection.execute(statement, values).fetchall()

    def row(self, statement: str, values: tuple[Any, ...] = ()) -> Row | None:
        """Return the first row of a query, if any."""
        found: Row | None = self._connection.execute(statement, values).fetchone()
        return found

    def remember(self, key: str, value: str) -> None:
        """Keep a setting of this file."""
        self.run("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, value))

    def recall(self, key: str) -> str | None:
        """Return a kept setting."""
        found = self.row("SELECT value FROM meta WHERE key = ?", (key,))
        return None if found is None else str(found[0])
