"""A stage for all simulations of this group: its loop and its database serve run after run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import pytest
import structlog

from deploy.local.servers import Mongod
from tests.simulation.stage import Stage, be_silent


@pytest.fixture
def stage(stage_of_all: Stage) -> Iterator[Stage]:
    """A run that fails in the midst is no other test's business."""
    yield stage_of_all
    if asyncio.all_tasks(stage_of_all.loop):
        stage_of_all.renew()


@pytest.fixture(scope="session")
def stage_of_all(mongod: Mongod) -> Iterator[Stage]:
    be_silent()
    stage = Stage.open(uri=mongod.uri, name="simulation")
    yield stage
    stage.close()
    logging.disable(logging.NOTSET)
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def turn(request: pytest.FixtureRequest) -> int:
    """Which part of what turns is played: pytest's own seed, which its header tells."""
    return int(request.config.getoption("randomly_seed", default=0) or 0)
