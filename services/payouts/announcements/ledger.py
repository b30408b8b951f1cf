"""What payouts tells the others of the ledger: domain -> events."""

from __future__ import annotations

from crewline.payouts.v1 import events_pb2
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.answers.decisions import ProjectBook
from services.payouts.domain.answers.parties import Project


def project_funded(work: UnitOfWork, project: Project, book: ProjectBook) -> None:
    """ProjectFunded."""
    work.publish(
        events_pb2.ProjectFunded(
            project_id=project.project_id,
            client_id=project.client_id,
            currency=project.currency,
            held_units=book.held_units,
            version=book.version,
        ),
        key=project.project_id,
        event_id=f"{project.project_id}:funded:{book.version}",
    )
