"""A running stack with a client, contractors who are signed in, and money."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import grpc

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from crewline.accounts.v1 import service_pb2_grpc as accounts_grpc
from crewline.accounts.v1 import types_pb2 as accounts_types_pb2
from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.broker.v1 import service_pb2_grpc as broker_grpc
from crewline.common.v1 import types_pb2 as common_pb2
from crewline.payouts.v1 import service_pb2 as payouts_pb2
from crewline.payouts.v1 import service_pb2_grpc as payouts_grpc
from crewline.vendors.v1 import service_pb2 as vendors_pb2
from crewline.vendors.v1 import service_pb2_grpc as vendors_grpc
from crewline.vendors.v1 import types_pb2 as vendors_types_pb2
from services.chassis.errors import Kind
from services.chassis.grpc_client import call, open_channel
from services.chassis.grpc_errors import RemoteError
from tests.waiting import eventually

TIMEOUT_SECONDS = 60.0
_PATIENCE_SECONDS = 60.0
_POST_ROWS = 1000
_CHANNELS = 4
_FUNDS_MINOR = 90_000_000
LABELS = ("cat", "dog", "bird", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A contractor who is signed in."""

    contractor_id: str
    metadata: tuple[tuple[str, str], ...]


class World:
    """Calls a stack as its users would."""

    def __init__(self, target: dict[str, Any], operator_key: str) -> None:
        self._target = target
        self._operator_key = operator_key
        self._channels: list[grpc.aio.Channel] = []
        self._run = uuid.uuid4().hex[:8]
        self.brokers = [
            broker_grpc.BrokerServiceStub(self._channel("broker")) for _ in range(_CHANNELS)
        ]
        self._accounts: Any = accounts_grpc.AccountsServiceStub(self._channel("accounts"))
        self._vendors: Any = vendors_grpc.VendorsServiceStub(self._channel("vendors"))
        self._payouts: Any = payouts_grpc.PayoutsServiceStub(self._channel("payouts"))
        self._operator = ""
        self._client = ""
        self._client_id = ""

    async def open(self) -> None:
        """An operator and a client with money."""
        self._operator, _ = await self._sign_in(self._operator_key)
        self._client, self._client_id = await self._register("client", "CLIENT")
        for _ in range(4):
            await self._fund_client()

    async def close(self) -> None:
        """Ends all connections."""
        for channel in self._channels:
            await channel.close()

    @property
    def client_token(self) -> str:
        """The client's access token."""
        return self._client

    async def workers(self, count: int) -> list[Worker]:
        """Contractors of one approved vendor."""
        vendor, vendor_id = await self._register(f"vendor{uuid.uuid4().hex[:6]}", "VENDOR")
        await call(
            self._vendors.SubmitApplication,
            vendors_pb2.SubmitApplicationRequest(
                request_id=_id(),
                legal_name="Bench",
                country="US",
                contact_email=f"{vendor_id[-8:]}@example.com",
            ),
            timeout_seconds=TIMEOUT_SECONDS,
            token=vendor,
        )
        await call(
            self._vendors.ApproveVendor,
            vendors_pb2.ApproveVendorRequest(request_id=_id(), vendor_id=vendor_id, reason="bench"),
            timeout_seconds=TIMEOUT_SECONDS,
            token=self._operator,
        )
        await call(
            self._vendors.SetRateCard,
            vendors_pb2.SetRateCardRequest(
                request_id=_id(),
                rates=[
                    vendors_types_pb2.Rate(kind=common_pb2.WORK_KIND_CHOICE, commission_bps=1000)
                ],
            ),
            timeout_seconds=TIMEOUT_SECONDS,
            token=vendor,
        )
        ids = await self._enrol(vendor, count)
        secrets = await self._keys(vendor, ids)
        tokens = await asyncio.gather(*(self._sign_in(secret) for secret in secrets))
        return [
            Worker(contractor_id=contractor_id, metadata=_bearer(token))
            for contractor_id, (token, _) in zip(ids, tokens, strict=True)
        ]

    async def project(self, *, tasks: int, overlap: int) -> str:
        """A live project with money for so many tasks."""
        made = await self._as_client(
            self.brokers[0].CreateProject,
            broker_pb2.CreateProjectRequest(
                request_id=_id(),
                name="bench",
                kind=common_pb2.WORK_KIND_CHOICE,
                instructions="Which animal is it?",
                labels=LABELS,
                pay=common_pb2.Money(amount_minor=2, currency="USD"),
                commission_bps_max=1000,
                overlap=overlap,
                lease_seconds=3600,
            ),
        )
        project_id: str = made.project.project_id
        amount = -(-tasks * overlap * made.project.answer_price_units_max // 10_000)
        await self._patiently(
            self._payouts.FundProject,
            payouts_pb2.FundProjectRequest(
                request_id=_id(),
                project_id=project_id,
                amount=common_pb2.Money(amount_minor=amount, currency="USD"),
            ),
            self._client,
        )
        await self._patiently(
            self.brokers[0].ActivateProject,
            broker_pb2.ActivateProjectRequest(request_id=_id(), project_id=project_id),
            self._client,
        )
        return project_id

    async def post(self, project_id: str, tasks: int) -> None:
        """So many tasks of about 200 bytes in one stream."""
        text = "x" * 160

        async def rows() -> AsyncIterator[broker_pb2.PostTasksRequest]:
            for start in range(0, tasks, _POST_ROWS):
                yield broker_pb2.PostTasksRequest(
                    project_id=project_id,
                    tasks=[
                        broker_pb2.NewTask(
                            external_id=f"task-{n}",
                            data_json=json.dumps({"image": f"{n}.jpg", "text": text}),
                        )
                        for n in range(start, min(start + _POST_ROWS, tasks))
                    ],
                )

        response = await self.brokers[0].PostTasks(
            rows(), timeout=1800, metadata=_bearer(self._client)
        )
        if response.posted != tasks:
            raise RuntimeError(f"{response.posted} of {tasks} tasks posted: {response.errors[:1]}")

    async def accruals(self) -> int:
        """Accepted answers that have been accrued, of all there ever were."""
        response = await call(
            self._payouts.GetTrialBalance,
            payouts_pb2.GetTrialBalanceRequest(),
            timeout_seconds=TIMEOUT_SECONDS,
            token=self._operator,
        )
        if any(total.amount_minor for total in response.totals):
            raise RuntimeError(f"the ledger does not balance: {response.totals}")
        return int(response.accruals)

    async def _fund_client(self) -> None:
        before = await self._available()
        await call(
            self._payouts.CreateDeposit,
            payouts_pb2.CreateDepositRequest(
                request_id=_id(),
                client_id=self._client_id,
                amount=common_pb2.Money(amount_minor=_FUNDS_MINOR, currency="USD"),
            ),
            timeout_seconds=TIMEOUT_SECONDS,
            token=self._operator,
        )

        async def arrived() -> bool:
            return await self._available() > before

        await eventually(arrived, what="the deposit is there", timeout_seconds=_PATIENCE_SECONDS)

    async def _available(self) -> int:
        funds = await self._as_client(self._payouts.GetFunds, payouts_pb2.GetFundsRequest())
        return sum(money.amount_minor for money in funds.available)

    async def _enrol(self, vendor: str, count: int) -> list[str]:
        async def rows() -> AsyncIterator[vendors_pb2.ImportContractorsRequest]:
            for start in range(0, count, 500):
                yield vendors_pb2.ImportContractorsRequest(
                    contractors=[
                        vendors_pb2.NewContractor(
                            external_id=f"w{n}", name=f"Worker {n}", country="US"
                        )
                        for n in range(start, min(start + 500, count))
                    ]
                )

        ids: list[str] = []
        async for message in self._vendors.ImportContractors(
            rows(), timeout=TIMEOUT_SECONDS, metadata=_bearer(vendor)
        ):
            ids += [result.contractor_id for result in message.results]
        return ids

    async def _keys(self, vendor: str, ids: Sequence[str]) -> list[str]:
        secrets: dict[str, str] = {}
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while len(secrets) < len(ids):
                missing = [one for one in ids if one not in secrets][:500]
                response = await call(
                    self._accounts.BatchCreateApiKeys,
                    accounts_pb2.BatchCreateApiKeysRequest(
                        request_id=_id(),
                        keys=[accounts_pb2.NewApiKey(person_id=one) for one in missing],
                    ),
                    timeout_seconds=TIMEOUT_SECONDS,
                    token=vendor,
                )
                for one, result in zip(missing, response.results, strict=True):
                    if result.secret:
                        secrets[one] = result.secret
        return [secrets[one] for one in ids]

    async def _register(self, name: str, kind: str) -> tuple[str, str]:
        response = await call(
            self._accounts.RegisterOrganisation,
            accounts_pb2.RegisterOrganisationRequest(
                request_id=_id(),
                name=f"Bench {name}",
                kind=accounts_types_pb2.OrganisationKind.Value(f"ORGANISATION_KIND_{kind}"),
                email=f"{name}@{self._run}.example.com",
                person_name=name,
            ),
            timeout_seconds=TIMEOUT_SECONDS,
        )
        token, _ = await self._sign_in(response.secret)
        return token, response.organisation.organisation_id

    async def _sign_in(self, secret: str) -> tuple[str, str]:
        response = await call(
            self._accounts.ExchangeApiKey,
            accounts_pb2.ExchangeApiKeyRequest(secret=secret),
            timeout_seconds=TIMEOUT_SECONDS,
        )
        return response.access_token, response.organisation_id

    async def _as_client(self, method: Any, request: Any) -> Any:
        return await call(method, request, timeout_seconds=TIMEOUT_SECONDS, token=self._client)

    async def _patiently(self, method: Any, request: Any, token: str) -> Any:
        """Again while the news that it needs is still on its way."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                try:
                    return await call(method, request, timeout_seconds=TIMEOUT_SECONDS, token=token)
                except RemoteError as err:
                    if err.kind not in (Kind.NOT_FOUND, Kind.PRECONDITION):
                        raise
                await asyncio.sleep(0.05)

    def _channel(self, service: str) -> grpc.aio.Channel:
        channel = open_channel(self._target[service], own_connection=True)
        self._channels.append(channel)
        return channel


def _bearer(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),)


def _id() -> str:
    return str(uuid.uuid4())
