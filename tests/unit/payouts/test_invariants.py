"""What is promised of money is shown by tests that are there, and that say so."""

from __future__ import annotations

import ast
import re
from pathlib import Path

# Fifteen that any ledger has to keep, and those of this one.
INVARIANTS_MIN = 20
# The guarantees and the complaints of services/payouts/README.md.
GUARANTEES, COMPLAINTS = 17, 20
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


def test_every_guarantee_and_complaint_is_named_by_a_test(repository: Path) -> None:
    """Those in the tables of services/payouts/README.md, all of them, by tests' own words."""
    named: set[str] = set()
    for path in (repository / "tests").glob("**/test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        said = [ast.get_docstring(tree)] + [
            ast.get_docstring(node)
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        named.update(*(re.findall(r"\b[GC]\d+\b", words) for words in said if words))
    wanted = {f"G{number}" for number in range(1, GUARANTEES + 1)}
    wanted |= {f"C{number}" for number in range(1, COMPLAINTS + 1)}
    assert wanted - named == set()
    told = (repository / "services/payouts/README.md").read_text(encoding="utf-8")
    assert wanted - set(re.findall(r"\b[GC]\d+\b", told)) == set()
