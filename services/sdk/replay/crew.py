"""Makes the organisations and the contractors of one replay, and gives every one of them a key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from crewline.accounts.v1 import types_pb2 as accounts_types_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from crewline.vendors.v1 import service_pb2 as vendors_pb2
from crewline.vendors.v1 import types_pb2 as vendors_types_pb2
from services.chassis.grpc_client import call
from services.sdk.replay.connection import Connection
from services.sdk.replay.crowd_file import CrowdKind
from services.sdk.replay.errors import ReplayFailed
from services.sdk.replay.many import batches, each
from services.sdk.replay.patience import Deadline, persist, wait_until
from services.sdk.replay.plan import Plan, PlannedWorker
from services.sdk.replay.session import Caller, Session, new_request_id

COUNTRY = "US"
WORK_KINDS = {
    CrowdKind.CHOICE: common_pb2.WORK_KIND_CHOICE,
    CrowdKind.PAIRWISE: common_pb2.WORK_KIND_PAIRWISE,
    CrowdKind.TEXT: common_pb2.WORK_KIND_TEXT,
    CrowdKind.ORDINAL: common_pb2.WORK_KIND_ORDINAL,
    CrowdKind.NUMERIC: common_pb2.WORK_KIND_NUMERIC,
}
_ROWS_A_MESSAGE = 200
_KEYS_A_CALL = 500
_CALL_SECONDS = 20.0
_EVENT_SECONDS = 60.0
_PERSON_NOT_FOUND = "PERSON_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One contractor with their planned answers."""

    worker: PlannedWorker
    contractor_id: str
    caller: Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Everybody who takes part; `members` in the plan's order of workers."""

    operator: Caller
    client: Caller
    client_id: str
    vendors: tuple[Caller, ...]
    members: tuple[Member, ...]

    @property
    def payees(self) -> tuple[Caller, ...]:
        """Those who are paid by the platform: the vendors and who is engaged directly."""
        direct = (member.caller for member in self.members if member.worker.is_direct)
        return (*self.vendors, *direct)


class Enrolment:
    """Builds the crew step by step."""

    def __init__(
        self, connection: Connection, *, plan: Plan, run: str, deadline: Deadline, at_once: int
    ) -> None:
        self._connection = connection
        self._plan = plan
        self._run = run
        self._deadline = deadline
        self._at_once = at_once

    async def enrol(self, *, operator_key: str) -> Crew:
        """The whole crew, everyone with a session. Errors: RemoteError, ReplayFailed, OutOfTime."""
        operator = self._caller(operator_key)
        await operator.session.token()
        client = await self._register("client", accounts_types_pb2.ORGANISATION_KIND_CLIENT)
        vendors = await each(
            range(len(self._plan.commissions_bps)),
            lambda place: self._vendor(place, operator),
            at_once=self._at_once,
        )
        members = await self._members(operator, vendors)
        # The clock of the replay's speed starts with everybody signed in.
        await each(members, lambda member: member.caller.session.token(), at_once=self._at_once)
        return Crew(
            operator=operator,
            client=client,
            client_id=client.session.organisation_id,
            vendors=tuple(vendors),
            members=tuple(members),
        )

    def _caller(self, secret: str) -> Caller:
        session = Session(self._connection, secret=secret, deadline=self._deadline)
        return Caller(session=session, deadline=self._deadline)

    async def _register(
        self, name: str, kind: accounts_types_pb2.OrganisationKind.ValueType
    ) -> Caller:
        # A repeat does not show the secret again: where the first answer was lost, this
        # registration is lost too, and another one is made.
        for attempt in range(5):
            mail_name = f"{name}-{attempt}" if attempt else name
            request = accounts_pb2.RegisterOrganisationRequest(
                request_id=new_request_id(),
                name=f"Replay {self._run} {name}",
                kind=kind,
                email=f"{mail_name}@{self._run}.replay.example.com",
                person_name=f"Replay {name}",
            )
            answer = await self._anonymous(self._connection.accounts.RegisterOrganisation, request)
            if answer.secret:
                caller = self._caller(answer.secret)
                await caller.session.token()
                return caller
        raise ReplayFailed(f"registering {name}: every answer was lost on its way")

    async def _anonymous(self, method: Callable[..., Any], request: Any) -> Any:
        return await persist(
            lambda: call(method, request, timeout_seconds=_CALL_SECONDS), deadline=self._deadline
        )

    async def _vendor(self, place: int, operator: Caller) -> Caller:
        name = f"vendor-{place + 1}"
        stubs = self._connection.vendors
        vendor = await self._register(name, accounts_types_pb2.ORGANISATION_KIND_VENDOR)
        application = vendors_pb2.SubmitApplicationRequest(
            request_id=new_request_id(),
            legal_name=f"Replay {self._run} {name}",
            country=COUNTRY,
            contact_email=f"{name}@{self._run}.replay.example.com",
        )
        await vendor.call(stubs.SubmitApplication, application)
        approval = vendors_pb2.ApproveVendorRequest(
            request_id=new_request_id(),
            vendor_id=vendor.session.organisation_id,
            reason="vendor of a replay",
        )
        await operator.call(stubs.ApproveVendor, approval)
        rate = vendors_types_pb2.Rate(
            kind=WORK_KINDS[self._plan.kind], commission_bps=self._plan.commissions_bps[place]
        )
        card = vendors_pb2.SetRateCardRequest(request_id=new_request_id(), rates=[rate])
        await vendor.call(stubs.SetRateCard, card)
        return vendor

    async def _members(self, operator: Caller, vendors: Sequence[Caller]) -> list[Member]:
        async def enrolled(place: int) -> dict[str, Member]:
            owner = vendors[place] if place >= 0 else operator
            workers = [worker for worker in self._plan.workers if worker.vendor == place]
            ids = await self._import(owner, workers)
            secrets = await self._keys(owner, list(ids.values()))
            return {
                worker.name: Member(
                    worker=worker,
                    contractor_id=ids[worker.name],
                    caller=self._caller(secrets[ids[worker.name]]),
                )
                for worker in workers
            }

        found: dict[str, Member] = {}
        places = sorted({worker.vendor for worker in self._plan.workers})
        for part in await each(places, enrolled, at_once=self._at_once):
            found.update(part)
        return [found[worker.name] for worker in self._plan.workers]

    async def _import(self, owner: Caller, workers: list[PlannedWorker]) -> dict[str, str]:
        """Contractor ids by the workers' names; safe to repeat, as rows are keyed."""
        names = {self._external_id(worker): worker.name for worker in workers}

        async def attempt() -> dict[str, str]:
            ids: dict[str, str] = {}
            method = self._connection.vendors.ImportContractors
            async for answer in owner.stream(method, self._rows(list(names))):
                for result in answer.results:
                    if result.HasField("error"):
                        raise ReplayFailed(
                            f"contractor {names.get(result.external_id, '?')!r} was refused: "
                            f"{result.error.reason}: {result.error.message}"
                        )
                    ids[names[result.external_id]] = result.contractor_id
            if len(ids) != len(names):
                raise ReplayFailed(f"{len(names)} contractors sent, {len(ids)} answered for")
            return ids

        return await persist(attempt, deadline=self._deadline)

    async def _rows(
        self, external_ids: list[str]
    ) -> AsyncIterator[vendors_pb2.ImportContractorsRequest]:
        for batch in batches(external_ids, _ROWS_A_MESSAGE):
            yield vendors_pb2.ImportContractorsRequest(
                contractors=[
                    vendors_pb2.NewContractor(
                        external_id=external_id,
                        name=f"Worker {external_id}",
                        country=COUNTRY,
                        languages=["en"],
                    )
                    for external_id in batch
                ]
            )

    def _external_id(self, worker: PlannedWorker) -> str:
        # The platform's own contractors share one organisation with those of other replays.
        return f"{self._run}.{worker.name}"

    async def _keys(self, owner: Caller, contractor_ids: list[str]) -> dict[str, str]:
        """API keys by contractor; accounts may not have heard of the contractors yet."""
        secrets: dict[str, str] = {}

        async def probe() -> dict[str, str] | None:
            missing = [one for one in contractor_ids if one not in secrets]
            for batch in batches(missing, _KEYS_A_CALL):
                secrets.update(await self._key_batch(owner, batch))
            return secrets if len(secrets) == len(contractor_ids) else None

        return await wait_until(
            probe,
            deadline=self._deadline.within(_EVENT_SECONDS),
            what="accounts knows the new contractors (vendors told it by the bus)",
        )

    async def _key_batch(self, owner: Caller, contractor_ids: list[str]) -> dict[str, str]:
        request = accounts_pb2.BatchCreateApiKeysRequest(
            request_id=new_request_id(),
            keys=[accounts_pb2.NewApiKey(person_id=one, label="replay") for one in contractor_ids],
        )
        answer = await owner.call(self._connection.accounts.BatchCreateApiKeys, request)
        secrets: dict[str, str] = {}
        for contractor_id, result in zip(contractor_ids, answer.results, strict=True):
            if not result.HasField("error"):
                # Empty where a repeat was answered: then this one gets another key.
                if result.secret:
                    secrets[contractor_id] = result.secret
            elif result.error.reason != _PERSON_NOT_FOUND:
                raise ReplayFailed(f"no key for {contractor_id}: {result.error.reason}")
        return secrets
