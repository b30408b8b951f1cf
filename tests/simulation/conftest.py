"""A stage for all simulations of this group: its loop and its database serve run after run."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

from deploy.local.servers import Mongod
from tests.simulation.stage import Stage, be_silent


@pytest.fixture(scope="session")
def stage(mongod: Mongod) -> Iterator[Stage]:
    be_silent()
    stage = Stage.open(uri=mongod.uri, name="simulation")
    yield stage
    stage.close()
    logging.disable(logging.NOTSET)
    structlog.reset_defaults()
