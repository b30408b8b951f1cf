"""PayoutsService, the journal's chain: protobuf in, use cases, protobuf out."""

from __future__ import annotations

from typing import Any

import grpc

from crewline.payouts.v1 import service_pb2
from services.chassis.paging import page_number, page_size, page_token
from services.payouts.parts.chain import ChainParts
from services.payouts.wire import chain as wire

_BLOCKS = "blocks"

Context = grpc.aio.ServicerContext[Any, Any]


class ChainServicer:
    """The chain's head and its blocks; see the proto."""

    def __init__(self, *, parts: ChainParts) -> None:
        self._chain_audit = parts.audit

    async def GetChain(
        self, request: service_pb2.GetChainRequest, context: Context
    ) -> service_pb2.GetChainResponse:
        return wire.standing_message(await self._chain_audit.standing())

    async def ListBlocks(
        self, request: service_pb2.ListBlocksRequest, context: Context
    ) -> service_pb2.ListBlocksResponse:
        after = page_number(request.page_token, scope=_BLOCKS)
        size = page_size(request.page_size)
        found = await self._chain_audit.blocks(after=after, limit=size + 1)
        page = found[:size]
        more = page_token(str(page[-1].number), scope=_BLOCKS) if len(found) > size else ""
        return service_pb2.ListBlocksResponse(
            blocks=[wire.block_message(block) for block in page], next_page_token=more
        )
