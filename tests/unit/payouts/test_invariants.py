"""The list of invariants in tests/README.md names tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

# Fifteen that any ledger has to keep, and those of this one.
INVARIANTS_MIN = 20
_ROW = re.compile(
    r"^\| (?P<what>[^|]+) \| `(?P<path>tests/[^:`]+)::(?P<name>\w+)` \|$", re.MULTILINE
)


def test_every_invariant_has_its_test(repository: Path) -> None:
    rows = list(_ROW.finditer((repository / "tests/README.md").read_text(encoding="utf-8")))
    assert len({row["what"] for row in rows}) == len(rows) >= INVARIANTS_MIN
    for row in rows:
        body = ast.parse((repository / row["path"]).read_text(encoding="utf-8")).body
        names = {
            node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert row["name"] in names, row["what"]
