"""The address that a call's attempts are counted by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import grpc

from services.accounts.domain.client_addresses import Network, client_address
from services.chassis.grpc_client import FORWARDED_FOR

Context = grpc.aio.ServicerContext[Any, Any]


class CallerAddresses:
    """Of callers, who may have come through a proxy of the trusted networks."""

    def __init__(self, *, trusted: Sequence[Network]) -> None:
        self._trusted = tuple(trusted)

    def of(self, context: Context) -> str:
        """See client_address."""
        metadata = context.invocation_metadata() or ()
        forwarded = [str(value) for name, value in metadata if name == FORWARDED_FOR]
        return client_address(context.peer(), forwarded=forwarded, trusted=self._trusted)
