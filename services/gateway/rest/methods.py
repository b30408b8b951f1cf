"""RPCs by their descriptors: one that is added later needs no stub here."""

from __future__ import annotations

from typing import Any

from services.gateway.peers import Peers
from services.gateway.rest.rules import Rule


def stub_of(rule: Rule, peers: Peers) -> Any:
    """What grpc's generated stub of the RPC would be."""
    shape = ("stream" if rule.streams_in else "unary") + (
        "_stream" if rule.streams_out else "_unary"
    )
    service = rule.rpc.containing_service
    if service is None:
        raise ValueError(f"{rule.rpc.full_name} belongs to no service")
    return getattr(peers.channels[rule.service], shape)(
        f"/{service.full_name}/{rule.rpc.name}",
        request_serializer=rule.request_type.SerializeToString,
        response_deserializer=rule.response_type.FromString,
    )
