"""Plants each defect alone and asks its named test: `make mutants`.

Without a defect every named test passes, with its defect it fails; anything else is an error.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.mutants.catalogue import MUTANTS, Mutant
from tests.mutants.tree import MutantDoesNotApplyError, TestDidNotRunError, Tree

CAUGHT = "caught"


def main() -> int:
    """Zero if every mutant was caught, and the code as it is by none of the tests."""
    parser = argparse.ArgumentParser(prog="make mutants ARGS=...", description=__doc__)
    parser.add_argument("--only", default="", help="mutants whose name holds this")
    wanted = parser.parse_args().only
    mutants = [mutant for mutant in MUTANTS if wanted in mutant.name]
    console = Console()
    verdicts: dict[str, tuple[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="crewline-mutants-") as folder:
        tree = Tree(Path(folder))
        with Progress(console=console) as progress:
            task = progress.add_task("mutants", total=len(mutants) + 1)
            honest = _honest(tree, mutants)
            progress.advance(task)
            for mutant in mutants if honest == CAUGHT else []:
                started = time.perf_counter()
                verdict = _verdict(tree, mutant)
                verdicts[mutant.name] = (verdict, time.perf_counter() - started)
                console.print(f"{verdict}: {mutant.name}", markup=False)
                progress.advance(task)
    if honest != CAUGHT:
        console.print(f"The code as it is: {honest}", markup=False)
        return 1
    table = Table("mutant", "test", "verdict", "s")
    for mutant in mutants:
        verdict, seconds = verdicts[mutant.name]
        table.add_row(mutant.name, mutant.test.partition("::")[2], verdict, f"{seconds:.1f}")
    console.print(table)
    caught = sum(verdict == CAUGHT for verdict, _ in verdicts.values())
    console.print(f"{caught} of {len(mutants)} mutants caught; the code as it is passes")
    return 0 if mutants and caught == len(mutants) else 1


def _honest(tree: Tree, mutants: list[Mutant]) -> str:
    """A test that fails a correct ledger catches nothing."""
    try:
        if tree.passes(sorted({mutant.test for mutant in mutants})):
            return CAUGHT
    except (TestDidNotRunError, subprocess.TimeoutExpired) as err:
        return str(err)
    return "a named test fails without any defect"


def _verdict(tree: Tree, mutant: Mutant) -> str:
    try:
        return "SURVIVED" if tree.passes([mutant.test], mutant) else CAUGHT
    except MutantDoesNotApplyError as err:
        return f"DOES NOT APPLY: {err}"
    except TestDidNotRunError as err:
        return f"DID NOT RUN: {err}"
    except subprocess.TimeoutExpired:
        return "TOOK TOO LONG"


if __name__ == "__main__":
    sys.exit(main())
