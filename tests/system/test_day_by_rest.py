"""A whole day by REST alone: the lines of the gateway's page, as they stand there."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.system.conftest import Running

_BLOCKS = re.compile(r"```sh\n(.*?)```", flags=re.DOTALL)


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_lines_of_the_page_are_a_whole_day(
    running: Running, repository: Path, tmp_path: Path
) -> None:
    for tool in ("bash", "curl"):
        assert shutil.which(tool), f"{tool} is missing: on Debian or Ubuntu, apt install {tool}"
    page = (repository / "services" / "gateway" / "README.md").read_text()
    where, *day = _BLOCKS.findall(page)
    # Read where `make run` would have written it.
    target = tmp_path / ".local" / "stack" / "target.json"
    target.parent.mkdir(parents=True)
    target.write_text(running.stack.folder.target_file.read_text())
    done = subprocess.run(
        ["bash", "-c", "\n".join((where, *day))],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert len(day) >= 7
    table = csv.DictReader((tmp_path / "results.csv").read_text().splitlines())
    found = {(row["task"], row["label"]) for row in table}
    assert found == {("t1", "content"), ("t3", "not content")}
    tasks = json.loads((tmp_path / "results.json").read_text())
    assert [len(task["annotations"]) for task in tasks] == [1, 1]
    statement = json.loads((tmp_path / "statement.json").read_text())["statement"]
    assert (statement["total_minor"], statement["state"]) == (10, "STATEMENT_STATE_PAID")
    # Both bad rows were told by their field.
    assert "data.text" in done.stdout
    assert "country" in done.stdout
