"""What the driver raises while a primary changes is an outage, and no fault of ours."""

from __future__ import annotations

import pytest
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from services.chassis.errors import StoreUnavailable
from services.chassis.mongo import store_errors


@pytest.mark.parametrize(
    "raised",
    [
        AutoReconnect("connection closed"),
        NotPrimaryError("not primary"),
        ServerSelectionTimeoutError("no primary"),
        ConfigurationError("Sessions are not supported by this MongoDB deployment"),
    ],
    ids=lambda err: type(err).__name__,
)
def test_callers_are_told_to_come_again(raised: PyMongoError) -> None:
    with pytest.raises(StoreUnavailable) as told, store_errors():
        raise raised
    assert told.value.__cause__ is raised


def test_what_is_no_outage_stays_what_it_is() -> None:
    with pytest.raises(OperationFailure), store_errors():
        raise OperationFailure("not authorised", code=13)
