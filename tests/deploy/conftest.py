"""Fixtures of the deploy group: tools that may have to be fetched first."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.deploy import tools
from tests.deploy.compose_file import COMPOSE_FILE


@pytest.fixture(scope="session")
def promtool() -> str:
    try:
        return tools.promtool()
    except tools.ToolMissing as err:
        pytest.skip(str(err))


@pytest.fixture(scope="session")
def prometheus() -> str:
    try:
        return tools.prometheus()
    except tools.ToolMissing as err:
        pytest.skip(str(err))


@pytest.fixture(scope="session")
def mongosh() -> list[str]:
    try:
        return tools.mongosh()
    except tools.ToolMissing as err:
        pytest.skip(str(err))


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of secrets as deploy/compose/make-secrets.sh makes it."""
    folder = tmp_path_factory.mktemp("deploy") / "secrets"
    stripe = {
        "STRIPE_SECRET_KEY": "sk_test_deploy",
        "STRIPE_WEBHOOK_SECRET_PLATFORM": "whsec_platform",
        "STRIPE_WEBHOOK_SECRET_CONNECT": "whsec_connect",
    }
    subprocess.run(
        [COMPOSE_FILE.with_name("make-secrets.sh"), folder],
        check=True,
        capture_output=True,
        env={**os.environ, **stripe},
        timeout=60,
    )
    return folder
