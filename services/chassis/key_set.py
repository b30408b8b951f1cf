"""The key set of accounts, fetched over gRPC, for verifying tokens locally."""

from __future__ import annotations

from collections.abc import Mapping

import grpc
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from crewline.accounts.v1 import service_pb2, service_pb2_grpc
from services.chassis.authentication import FetchKeys
from services.chassis.grpc_client import call

_TIMEOUT_SECONDS = 5.0


def fetch_keys_from(channel: grpc.aio.Channel) -> FetchKeys:
    """A function that asks accounts for its public keys."""
    stub = service_pb2_grpc.AccountsServiceStub(channel)

    async def fetch() -> Mapping[str, Ed25519PublicKey]:
        response = await call(
            stub.GetKeySet, service_pb2.GetKeySetRequest(), timeout_seconds=_TIMEOUT_SECONDS
        )
        return {
            key.key_id: Ed25519PublicKey.from_public_bytes(key.public_key) for key in response.keys
        }

    return fetch
