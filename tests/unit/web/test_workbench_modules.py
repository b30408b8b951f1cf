"""The pure parts of the workbench's scripts, by Node's own test runner; and the texts they say."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from services.gateway.web.contractor.words import SCRIPT_WORDS
from services.gateway.web.pages import TEMPLATES

TESTS = Path(__file__).parent / "workbench"
ROOT = TESTS.parents[3]
MODULES = TEMPLATES.parent / "static" / "workbench"
_LIMIT_SECONDS = 60
_SAID = re.compile(r'(?:say|button)\(\s*"(\w+)"')
_COUNTED = re.compile(r'count\(\s*"(\w+)"')


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both in their places below a package.json that says modules: older Nodes guess otherwise."""
    root = tmp_path_factory.mktemp("modules")
    (root / "package.json").write_text('{"type": "module"}')
    for folder in (TESTS, MODULES):
        shutil.copytree(folder, root / folder.relative_to(ROOT))
    return root


@pytest.mark.parametrize("path", sorted(TESTS.glob("*.test.mjs")), ids=lambda path: path.name)
def test_modules(copied: Path, path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    done = subprocess.run(
        [node, "--test", str(copied / path.relative_to(ROOT))],
        capture_output=True,
        text=True,
        timeout=_LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"# pass [1-9]", done.stdout), done.stdout


def test_every_text_that_the_scripts_say_is_there_and_no_other() -> None:
    said: set[str] = set()
    for path in MODULES.glob("*.js"):
        text = path.read_text()
        said |= set(_SAID.findall(text))
        for key in _COUNTED.findall(text):
            said |= {f"{key}_one", f"{key}_other"}
    assert said == set(SCRIPT_WORDS)
