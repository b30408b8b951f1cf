"""Lets somebody sign in as each kind of user of the demo, with passwords of the stack's folder."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.table import Table

from crewline.accounts.v1 import service_pb2 as pb
from crewline.accounts.v1 import service_pb2_grpc
from deploy.local.folder import StackFolder, read_json, write_private
from deploy.local.stack_secrets import StackSecrets, load_or_make_secrets, save_secrets
from services.chassis.errors import DomainError
from services.chassis.grpc_client import call, open_channel

OPERATOR = "operator"
WHO: Mapping[str, str] = {
    "client": "the AI company of the first crowd",
    "vendor": "a staffing firm of that crowd",
    "contractor": "its busiest contractor",
    "direct": "a directly engaged contractor",
    OPERATOR: "whoever runs the platform",
}
"""Kinds of users, by the name that is also the first part of their e-mail address."""

_CALL_SECONDS = 20.0
_DEVICE = "make run"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Works at the console's /sign-in."""

    name: str
    """A key of WHO."""
    email: str
    password: str = field(repr=False)


class NoSignIn(RuntimeError):
    """Nobody can sign in as this kind of user with what the folder has."""


async def ensure_sign_ins(
    folder: StackFolder,
    *,
    target: Mapping[str, Any],
    reports: Sequence[Mapping[str, Any]],
    say: Callable[[str], None],
) -> list[SignIn]:
    """Those of the folder, and new ones for the invitations that the replays' reports have.

    Running it again, also after it broke off, gives the same. What cannot be had is said; without
    any report nobody new but the operator is looked for.
    """
    secrets = load_or_make_secrets(folder).with_passwords(WHO)
    # Before they are used: whatever happens then, they are known.
    save_secrets(folder, secrets)
    invitations = {
        invitation["as"]: invitation["secret"]
        for report in reports
        for invitation in report.get("invitations", ())
    }
    known = {one["as"] for one in read_json(folder.sign_ins_file).get("sign_ins", ())}
    found: list[SignIn] = []
    async with open_channel(target["accounts"], own_connection=True) as channel:
        doors = _Doors(service_pb2_grpc.AccountsServiceStub(channel), secrets=secrets)
        for name in WHO:
            if not (reports or name in known or name == OPERATOR):
                continue
            email = f"{name}@demo.example"
            sign_in = SignIn(name=name, email=email, password=secrets.passwords[name])
            try:
                if name not in known:
                    await doors.open(sign_in, invitation=invitations.get(name, ""))
                found.append(sign_in)
            except (DomainError, NoSignIn) as err:
                say(f"no sign-in as {name}: {err}")
    told = [{"as": one.name, "email": one.email, "password": one.password} for one in found]
    console = f"{target['gateway']}/sign-in"
    write_private(
        folder.sign_ins_file, json.dumps({"console": console, "sign_ins": told}, indent=2)
    )
    return found


def as_table(sign_ins: Sequence[SignIn], *, console: str) -> Table:
    """One line a kind of user."""
    table = Table(title=f"Sign in at {console}", title_justify="left", box=None, pad_edge=False)
    for heading in ("e-mail", "password"):
        table.add_column(heading, no_wrap=True)
    table.add_column("who that is", overflow="fold")
    for one in sign_ins:
        table.add_row(one.email, one.password, WHO[one.name])
    return table


class _Doors:
    """What is asked of accounts, by public RPCs alone."""

    def __init__(
        self, accounts: service_pb2_grpc.AccountsServiceAsyncStub, *, secrets: StackSecrets
    ) -> None:
        self._accounts = accounts
        self._operator_key = secrets.operator_key

    async def open(self, sign_in: SignIn, *, invitation: str) -> None:
        """Whoever it is can sign in afterwards.

        Errors:
            NoSignIn: there is no invitation, and the sign-in does not work without one.
            RemoteError: accounts refuses, or does not answer.
        """
        if sign_in.name == OPERATOR:
            invitation = await self._invite_operator()
        if invitation and await self._accept(sign_in, invitation):
            return
        # Accepted by a run that could not write it down; or never.
        if not await self._works(sign_in):
            raise NoSignIn("there is no invitation that can be accepted (--demo makes new ones)")

    async def _invite_operator(self) -> str:
        """Empty where they sign in already."""
        exchange = pb.ExchangeApiKeyRequest(secret=self._operator_key)
        exchanged = await self._call(self._accounts.ExchangeApiKey, exchange)
        request = pb.BatchCreateInvitationsRequest(
            request_id=str(uuid.uuid4()),
            invitations=[pb.NewInvitation(person_id=exchanged.subject_id)],
        )
        answer = await self._call(
            self._accounts.BatchCreateInvitations, request, token=exchanged.access_token
        )
        return str(answer.results[0].secret)

    async def _accept(self, sign_in: SignIn, invitation: str) -> bool:
        request = pb.AcceptInvitationRequest(
            request_id=str(uuid.uuid4()),
            secret=invitation,
            email=sign_in.email,
            password=sign_in.password,
            device=_DEVICE,
        )
        try:
            await self._call(self._accounts.AcceptInvitation, request)
        except DomainError as err:
            if err.reason not in ("INVITATION_INVALID", "EMAIL_TAKEN"):
                raise
            return False
        return True

    async def _works(self, sign_in: SignIn) -> bool:
        request = pb.SignInRequest(email=sign_in.email, password=sign_in.password, device=_DEVICE)
        try:
            await self._call(self._accounts.SignIn, request)
        except DomainError as err:
            if err.reason != "SIGN_IN_REFUSED":
                raise
            return False
        return True

    async def _call(self, method: Callable[..., Any], request: Any, *, token: str = "") -> Any:
        return await call(method, request, timeout_seconds=_CALL_SECONDS, token=token)
