"""Organisations say where they want to hear of what; what happens is written down for each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.chassis.ids import NewId
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.notices.notice_urls import check_url
from services.payouts.domain.notices.notices import (
    ENDPOINTS_MAX,
    Delivery,
    DeliveryNotFound,
    DeliveryState,
    Endpoint,
    EndpointNotFound,
    EndpointsTooMany,
    Notice,
    NoticeType,
    secret_of,
)
from services.payouts.metrics import notice as metrics
from services.payouts.store.notices.notices import DeliveryStore, EndpointStore

_QUEUE_FULL = "too many notices wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class WithSecret:
    """An endpoint and its secret, which is shown when it is made, and not again."""

    endpoint: Endpoint
    secret: str = field(repr=False)


class Notices:
    """Endpoints and deliveries of the calling organisation, and what it is told."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        endpoints: EndpointStore,
        deliveries: DeliveryStore,
        new_id: NewId,
        master_key: bytes,
        allow_private: bool,
        queued_max: int,
    ) -> None:
        """`queued_max`: notices of one organisation that may wait."""
        self._transactions = transactions
        self._endpoints = endpoints
        self._deliveries = deliveries
        self._new_id = new_id
        self._master_key = master_key
        self._allow_private = allow_private
        self._queued_max = queued_max

    async def create(
        self,
        work: UnitOfWork,
        organisation_id: str,
        *,
        url: str,
        types: Iterable[NoticeType],
        description: str,
    ) -> WithSecret:
        """Errors: WebhookUrlInvalid, EndpointsTooMany."""
        check_url(url, allow_private=self._allow_private)
        there = await self._endpoints.of([organisation_id], session=work.session)
        if len(there) >= ENDPOINTS_MAX:
            raise EndpointsTooMany(
                f"an organisation has at most {ENDPOINTS_MAX} endpoints", endpoints=len(there)
            )
        endpoint = Endpoint(
            endpoint_id=self._new_id("whe"),
            organisation_id=organisation_id,
            url=url,
            types=frozenset(types),
            description=description,
            created_at=work.now,
        )
        await self._endpoints.insert(endpoint, session=work.session)
        return self._with_secret(endpoint)

    async def endpoints(self, organisation_id: str) -> list[Endpoint]:
        """All of them, oldest first."""
        with store_errors():
            return await self._endpoints.of([organisation_id])

    async def delete(self, work: UnitOfWork, organisation_id: str, endpoint_id: str) -> None:
        """What is pending there is sent no more. Errors: EndpointNotFound."""
        await self._own(work, organisation_id, endpoint_id)
        await self._deliveries.drop(endpoint_id, session=work.session)
        await self._endpoints.delete(endpoint_id, session=work.session)

    async def rotate(self, work: UnitOfWork, organisation_id: str, endpoint_id: str) -> WithSecret:
        """A new secret; the old one signs beside it for a day. Errors: EndpointNotFound."""
        endpoint = await self._own(work, organisation_id, endpoint_id)
        after = replace(endpoint, secret_version=endpoint.secret_version + 1, rotated_at=work.now)
        await self._endpoints.replace(after, session=work.session)
        return self._with_secret(after)

    async def deliveries(
        self,
        organisation_id: str,
        *,
        endpoint_id: str,
        state: DeliveryState | None,
        before: tuple[datetime, str] | None,
        limit: int,
    ) -> list[Delivery]:
        """Of the last 30 days, the newest first."""
        with store_errors():
            return await self._deliveries.list(
                organisation_id, endpoint_id=endpoint_id, state=state, before=before, limit=limit
            )

    async def redeliver(self, work: UnitOfWork, organisation_id: str, delivery_id: str) -> Delivery:
        """Its tries begin anew, at once. Errors: DeliveryNotFound, EndpointNotFound (deleted)."""
        found = await self._deliveries.order_again(
            delivery_id, organisation_id=organisation_id, due_at=work.now, session=work.session
        )
        if found is None:
            raise DeliveryNotFound("no such delivery", delivery_id=delivery_id)
        await self._own(work, organisation_id, found.endpoint_id)
        return found

    async def tell(self, notices: Sequence[Notice]) -> None:
        """Writes down who is to be told; a notice that was told before is nothing."""
        if notices:

            async def body(work: UnitOfWork) -> None:
                await self._tell(work, notices)

            await self._transactions.run(body)

    async def _tell(self, work: UnitOfWork, notices: Sequence[Notice]) -> None:
        endpoints = await self._endpoints.of(
            {notice.organisation_id for notice in notices}, session=work.session
        )
        deliveries = {
            delivery.delivery_id: delivery
            for notice in notices
            for endpoint in endpoints
            if endpoint.organisation_id == notice.organisation_id and endpoint.wants(notice.type)
            for delivery in (_delivery(notice, endpoint, now=work.now),)
        }
        queued = await self._queued(work, list(deliveries.values()))
        await self._deliveries.add(queued, due_at=work.now, session=work.session)

    async def _queued(self, work: UnitOfWork, deliveries: list[Delivery]) -> list[Delivery]:
        """Of an organisation for which too many wait, those beyond are dead from the beginning."""
        room: dict[str, int] = {}
        found: list[Delivery] = []
        for one in deliveries:
            if one.organisation_id not in room:
                room[one.organisation_id] = self._queued_max - await self._deliveries.waiting(
                    one.organisation_id, at_most=self._queued_max, session=work.session
                )
            room[one.organisation_id] -= 1
            is_over = room[one.organisation_id] < 0
            found.append(
                replace(one, state=DeliveryState.DEAD, error=_QUEUE_FULL) if is_over else one
            )
        refused = sum(one.state is DeliveryState.DEAD for one in found)
        if refused:
            work.afterwards(lambda: metrics.NOTICES_REFUSED_TOTAL.inc(refused))
        return found

    async def _own(self, work: UnitOfWork, organisation_id: str, endpoint_id: str) -> Endpoint:
        for endpoint in await self._endpoints.of([organisation_id], session=work.session):
            if endpoint.endpoint_id == endpoint_id:
                return endpoint
        raise EndpointNotFound("no such endpoint", webhook_endpoint_id=endpoint_id)

    def _with_secret(self, endpoint: Endpoint) -> WithSecret:
        secret = secret_of(endpoint.endpoint_id, endpoint.secret_version, master=self._master_key)
        return WithSecret(endpoint=endpoint, secret=secret)


def _delivery(notice: Notice, endpoint: Endpoint, *, now: datetime) -> Delivery:
    return Delivery(
        delivery_id=f"{endpoint.endpoint_id}.{notice.notice_id}",
        notice_id=notice.notice_id,
        endpoint_id=endpoint.endpoint_id,
        organisation_id=notice.organisation_id,
        type=notice.type,
        payload=notice.payload,
        created_at=now,
    )
