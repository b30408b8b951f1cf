"""A client's money: what may be spent, what is held, and what moved."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.payouts.v1 import service_pb2 as payouts_pb2
from services.chassis.errors import DomainError, Kind
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

_NAMES_MAX = 200
_ENTRIES_SHOWN = 50


class FundsPage:
    """One page."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Its route."""
        router = self._site.router("CLIENT", prefix="/client")
        router.add_api_route("/funds", self.show, methods=["GET"])
        return router

    async def show(self, request: Request, page: str = "", currency: str = "") -> Response:
        """By currency and by project; beneath, the entries of one currency's account."""
        peers = self._site.peers
        funds, projects = await asyncio.gather(
            self._site.ask(request, peers.payouts.GetFunds, payouts_pb2.GetFundsRequest()),
            self._site.ask(
                request,
                peers.broker.ListProjects,
                broker_pb2.ListProjectsRequest(page_size=_NAMES_MAX),
            ),
        )
        currencies = [one.currency for one in funds.available]
        chosen = currency if currency in currencies else next(iter(currencies), "")
        entries = await self._entries(request, chosen, page)
        return self._site.pages.render(
            request,
            "client/funds.html",
            funds=funds,
            names={project.project_id: project.name for project in projects.projects},
            currencies=currencies,
            chosen=chosen,
            moves=[_move(entry, entries[2]) for entry in entries[0]],
            next_page=entries[1],
            is_first=not page,
        )

    async def _entries(
        self, request: Request, currency: str, page: str
    ) -> tuple[list[Any], str, str]:
        """The entries, the next page's token, and the account that they are of."""
        if not currency:
            return [], "", ""
        organisation = visit_of(request).signed_in.organisation_id
        account = f"client:{organisation}:available:{currency}"
        try:
            answer = await self._site.ask(
                request,
                self._site.peers.payouts.ListEntries,
                payouts_pb2.ListEntriesRequest(
                    account=account, page_size=_ENTRIES_SHOWN, page_token=page
                ),
            )
        except DomainError as err:
            if err.kind is Kind.NOT_FOUND:
                return [], "", account
            raise
        return list(answer.entries), answer.next_page_token, account


def _move(entry: Any, account: str) -> tuple[Any, int]:
    """An entry, and by how much it changed what the client may spend."""
    # A client's account grows on the credit side: the signs of postings are debits'.
    return entry, -sum(
        posting.amount_units for posting in entry.postings if posting.account == account
    )
