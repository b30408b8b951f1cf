"""A stage for all simulations of this group: its loop and its database serve run after run."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

from deploy.local.servers import Mongod
from tests.simulation.stage import Stage


@pytest.fixture(scope="session")
def stage(mongod: Mongod) -> Iterator[Stage]:
    """Silent: stopped processes and sandboxes that fail on order have much to say."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL + 1))
    logging.disable(logging.CRITICAL)
    stage = Stage.open(uri=mongod.uri, name="simulation")
    yield stage
    stage.close()
    logging.disable(logging.NOTSET)
    structlog.reset_defaults()
