"""A refund is given up: by the client who asked for it, or by an operator who sends nothing."""

from __future__ import annotations

from fastapi import Request

from crewline.payouts.v1 import service_pb2 as payouts_pb2
from services.chassis.errors import DomainError
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of


async def decline_refund(site: Site, request: Request, refund_id: str) -> bool:
    """Whether it is; whose it may be is the service's to judge, and a refusal is in the form."""
    visit = visit_of(request)
    try:
        await site.ask(
            request,
            site.peers.payouts.DeclineRefund,
            payouts_pb2.DeclineRefundRequest(
                request_id=visit.form.request_id,
                refund_id=refund_id,
                reason=visit.form.text("reason"),
            ),
        )
    except DomainError as err:
        visit.form.refuse(err, visit.language)
        return False
    return True
