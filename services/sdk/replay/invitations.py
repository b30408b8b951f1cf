"""Asks some of a replay's people in, so that somebody can sign in as they and look around."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from services.sdk.replay.connection import Connection
from services.sdk.replay.crew import Crew, Member
from services.sdk.replay.errors import ReplayFailed
from services.sdk.replay.session import Caller

_ATTEMPTS = 5


async def ask_in(connection: Connection, crew: Crew) -> list[dict[str, str]]:
    """Invitations of the client, of a vendor and its busiest contractor, of the busiest direct one.

    As far as there are such. Each is `as`, `person_id`, and the `secret`, good once, for two weeks.

    Errors:
        RemoteError, ReplayFailed, OutOfTime.
    """
    people: list[tuple[str, Caller, str]] = [
        ("client", crew.client, crew.client.session.subject_id)
    ]
    member = _busiest(one for one in crew.members if not one.worker.is_direct)
    if member is not None:
        vendor = crew.vendors[member.worker.vendor]
        people.append(("vendor", vendor, vendor.session.subject_id))
        people.append(("contractor", vendor, member.contractor_id))
    direct = _busiest(one for one in crew.members if one.worker.is_direct)
    if direct is not None:
        people.append(("direct", crew.operator, direct.contractor_id))
    return [
        {
            "as": name,
            "person_id": person_id,
            "secret": await _invite(connection, owner, person_id),
        }
        for name, owner, person_id in people
    ]


def _busiest(members: Iterable[Member]) -> Member | None:
    return max(members, key=lambda one: (len(one.worker.answers), one.contractor_id), default=None)


async def _invite(connection: Connection, owner: Caller, person_id: str) -> str:
    # A repeat does not show the secret again: where the first answer was lost, another invitation
    # replaces this one.
    for _ in range(_ATTEMPTS):
        request = accounts_pb2.BatchCreateInvitationsRequest(
            request_id=str(uuid.uuid4()),
            invitations=[accounts_pb2.NewInvitation(person_id=person_id)],
        )
        answer = await owner.call(connection.accounts.BatchCreateInvitations, request)
        result = answer.results[0]
        if result.HasField("error"):
            raise ReplayFailed(f"no invitation for {person_id}: {result.error.reason}")
        if result.secret:
            return str(result.secret)
    raise ReplayFailed(f"inviting {person_id}: every answer was lost on its way")
