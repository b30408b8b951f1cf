"""What payouts tells of people who are erased: domain -> events."""

from __future__ import annotations

from crewline.payouts.v1 import events_pb2
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.papers.erasures import Erasure


def contractor_erasure_cleared(work: UnitOfWork, erasure: Erasure) -> None:
    """ContractorErasureCleared."""
    work.publish(
        events_pb2.ContractorErasureCleared(
            contractor_id=erasure.contractor_id, version=erasure.version
        ),
        key=erasure.contractor_id,
    )
