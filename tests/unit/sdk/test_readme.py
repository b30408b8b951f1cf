"""What the SDK's page says is true: its example type-checks, its commands are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mypy import api
from typer.testing import CliRunner

from services.sdk.cli import app


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "services" / "sdk" / "README.md").read_text()


def test_the_example_is_sound(page: str, repository: Path, tmp_path: Path) -> None:
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    example = tmp_path / "example.py"
    example.write_text(code.replace("from crewline_sdk", "from services.sdk"))
    said, wrong, status = api.run(
        ["--strict", "--config-file=", f"--cache-dir={tmp_path}", "--explicit-package-bases",
         "--follow-imports=silent", str(example)]
    )  # fmt: skip
    assert status == 0, said + wrong
    # And it is checked indeed.
    example.write_text(example.read_text().replace("overlap=3", 'overlap="3"'))
    said, _, status = api.run(
        ["--strict", "--config-file=", f"--cache-dir={tmp_path}", "--explicit-package-bases",
         "--follow-imports=silent", str(example)]
    )  # fmt: skip
    assert 'Argument "overlap"' in said


def test_every_command_that_it_names_is_there(page: str) -> None:
    block = page[page.index("## The command line") : page.index("Every command prints")]
    named: list[list[str]] = []
    for said in re.findall(r"crewline ([^;\n#]+)", block):
        first, _, rest = said.strip().partition(" ")
        if "|" in rest:
            named.extend([first, part.split()[0]] for part in rest.split("|"))
        elif re.match(r"[a-z]+( |$)", rest) and not rest.endswith(".yaml"):
            named.append([first, rest.split()[0]])
        elif not first.startswith("-"):
            named.append([first])
    assert len(named) > 30
    assert ["vendors", "rate-card"] in named
    for words in named:
        help_text = [word for word in words if not word.startswith((".", "PROJECT"))]
        assert CliRunner().invoke(app, [*help_text, "--help"]).exit_code == 0, words
