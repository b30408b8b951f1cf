"""A pool of contractors: who is in it, what they do and earn; enrolling, inviting, letting go.

A vendor's own, or, for operators, those whom the platform engages directly.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from crewline.quality.v1 import service_pb2 as quality_pb2
from crewline.vendors.v1 import service_pb2 as vendors_pb2
from crewline.vendors.v1 import types_pb2
from services.chassis.errors import DomainError, Kind
from services.gateway.uploads.routes import Uploads
from services.gateway.web.forms import Form
from services.gateway.web.organisation.people import INVITATION_PATH
from services.gateway.web.refusals import file_sentence
from services.gateway.web.site import Site
from services.gateway.web.translations import mark
from services.gateway.web.vendor.erasing import Waits, waits_of
from services.gateway.web.vendor.pool_figures import PoolReader
from services.gateway.web.visits import visit_of

PAGE_SIZE = 25
INVITED_MAX = 500
_ROW = ("external_id", "name", "email", "country", "region", "languages", "skills")
_STEPS = {
    "suspend": ("SuspendContractor", mark("The contractor gets no new work.")),
    "reinstate": ("ReinstateContractor", mark("The contractor may work again.")),
    "offboard": (
        "OffboardContractor",
        mark("The contractor has left. What was earned is still paid."),
    ),
}
_OPERATORS_STEPS = {
    "erase": (
        "EraseContractor",
        mark("The person is erased as soon as nothing is owed to them."),
    ),
}


class PoolPages:
    """The same pages for vendors and for operators."""

    def __init__(self, site: Site, *, role: str, prefix: str, uploads: Uploads) -> None:
        self._site = site
        self._role = role
        self._prefix = prefix
        self._uploads = uploads
        self._figures = PoolReader(site.peers)
        self._is_operators = role == "OPERATOR"
        self._steps = {**_STEPS, **_OPERATORS_STEPS} if self._is_operators else _STEPS

    def router(self) -> APIRouter:
        """Their routes."""
        router = self._site.router(self._role, prefix=self._prefix)
        router.add_api_route("", self.show_all, methods=["GET"])
        router.add_api_route("/enrol", self.enrol_page, methods=["GET"])
        router.add_api_route("/enrol", self.enrol, methods=["POST"])
        router.add_api_route("/import", self.import_page, methods=["GET"])
        router.add_api_route("/import", self.import_file, methods=["POST"])
        router.add_api_route("/invite", self.invite, methods=["POST"])
        router.add_api_route("/{contractor_id}", self.show, methods=["GET"])
        router.add_api_route("/{contractor_id}/region", self.region_page, methods=["GET"])
        router.add_api_route("/{contractor_id}/region", self.set_region, methods=["POST"])
        router.add_api_route("/{contractor_id}/{step}", self.step, methods=["POST"])
        return router

    async def show_all(self, request: Request, page: str = "") -> Response:
        """Everybody, with what they did and earned."""
        caller = visit_of(request).signed_in
        found, figures = await asyncio.gather(
            self._site.ask(
                request,
                self._site.peers.vendors.ListContractors,
                vendors_pb2.ListContractorsRequest(page_size=PAGE_SIZE, page_token=page),
            ),
            self._figures.read(caller),
        )
        return self._site.pages.render(
            request,
            "vendor/pool.html",
            contractors=found.contractors,
            figures=figures,
            next_page=found.next_page_token,
            is_first=not page,
            prefix=self._prefix,
            is_vendor=self._role == "VENDOR",
        )

    async def enrol_page(self, request: Request) -> Response:
        """The form for one."""
        return self._site.pages.render(request, "vendor/enrol.html", prefix=self._prefix)

    async def enrol(self, request: Request) -> Response:
        """One contractor into the pool."""
        visit = visit_of(request)
        form = visit.form
        form.set("country", form.text("country").upper())
        form.set("region", form.text("region").upper())
        try:
            answer = await self._site.ask(
                request,
                self._site.peers.vendors.EnrolContractor,
                vendors_pb2.EnrolContractorRequest(
                    request_id=form.request_id,
                    contractor=vendors_pb2.NewContractor(
                        external_id=form.text("external_id"),
                        name=form.text("name"),
                        email=form.text("email"),
                        country=form.text("country"),
                        region=form.text("region"),
                        languages=form.words("languages"),
                        skills=form.words("skills"),
                    ),
                ),
            )
        except DomainError as err:
            form.refuse(err, visit.language, fields={f"contractor.{name}": name for name in _ROW})
            return self._site.pages.render(
                request,
                "vendor/enrol.html",
                status=HTTPStatus.UNPROCESSABLE_ENTITY,
                prefix=self._prefix,
            )
        said = visit.language.translate("%(name)s is in the pool.", name=answer.contractor.name)
        to = f"{self._prefix}/{answer.contractor.contractor_id}"
        return self._site.pages.redirect(request, to, said=said)

    async def import_page(self, request: Request) -> Response:
        """The form for a file of many."""
        return self._site.pages.render(request, "vendor/import.html", prefix=self._prefix)

    async def import_file(self, request: Request) -> Response:
        """A file of contractors as the body; lines of progress, and what became of the rows."""
        visit = visit_of(request)

        def say(error: Any) -> str:
            return file_sentence(error.reason, error.message, error.metadata, visit.language)

        return await self._uploads.contractors(request, visit.signed_in, say=say)

    async def show(self, request: Request, contractor_id: str) -> Response:
        """One contractor: facts, figures, quality, history."""
        peers = self._site.peers
        found, figures, quality = await asyncio.gather(
            self._site.ask(
                request,
                peers.vendors.GetContractor,
                vendors_pb2.GetContractorRequest(contractor_id=contractor_id),
            ),
            self._figures.read(visit_of(request).signed_in),
            self._quality(request, contractor_id),
        )
        erasure = found.contractor.erasure
        waits: Sequence[Waits] = ()
        if (
            self._is_operators
            and erasure.HasField("ask_time")
            and not erasure.HasField("erase_time")
        ):
            language = visit_of(request).language
            waits = await waits_of(self._site, request, contractor_id, language=language)
        return self._site.pages.render(
            request,
            "vendor/contractor.html",
            contractor=found.contractor,
            may_erase=self._is_operators,
            waits=waits,
            figures=figures.of(contractor_id),
            quality=quality,
            prefix=self._prefix,
        )

    async def region_page(self, request: Request, contractor_id: str) -> Response:
        """The form for where in the country a contractor lives."""
        contractor = await self._contractor(request, contractor_id)
        return self._region(request, contractor, Form.of({"region": contractor.region}))

    async def set_region(self, request: Request, contractor_id: str) -> Response:
        """Another region, with the reason."""
        visit = visit_of(request)
        form = visit.form
        form.set("region", form.text("region").upper())
        try:
            await self._site.ask(
                request,
                self._site.peers.vendors.SetContractorRegion,
                vendors_pb2.SetContractorRegionRequest(
                    request_id=form.request_id,
                    contractor_id=contractor_id,
                    region=form.text("region"),
                    reason=form.text("reason"),
                ),
            )
        except DomainError as err:
            form.refuse(err, visit.language)
            contractor = await self._contractor(request, contractor_id)
            return self._region(request, contractor, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        said = visit.language.translate(
            "The region is set. Pay is tested by its floor from now on."
        )
        return self._site.pages.redirect(request, f"{self._prefix}/{contractor_id}", said=said)

    async def step(self, request: Request, contractor_id: str, step: str) -> Response:
        """Suspend, reinstate, offboard or, by operators, erase, with the reason."""
        visit = visit_of(request)
        back = f"{self._prefix}/{contractor_id}"
        rpc, said = self._steps.get(step, ("", ""))
        if not rpc:
            return self._site.pages.redirect(request, back)
        await self._site.ask(
            request,
            getattr(self._site.peers.vendors, rpc),
            getattr(vendors_pb2, f"{rpc}Request")(
                request_id=visit.form.request_id,
                contractor_id=contractor_id,
                reason=visit.form.text("reason"),
            ),
        )
        return self._site.pages.redirect(request, back, said=visit.language.gettext(said))

    async def invite(self, request: Request) -> Response:
        """Links that let the chosen contractors in: on the page that answers, and nowhere else."""
        visit = visit_of(request)
        chosen = list(dict.fromkeys(visit.form.all("contractor_id")))[:INVITED_MAX]
        if not chosen:
            said = visit.language.translate("Choose whom to invite.")
            return self._site.pages.redirect(request, self._prefix, said=said, tone="bad")
        answer = await self._site.ask(
            request,
            self._site.peers.accounts.BatchCreateInvitations,
            accounts_pb2.BatchCreateInvitationsRequest(
                request_id=visit.form.request_id,
                invitations=[accounts_pb2.NewInvitation(person_id=one) for one in chosen],
            ),
        )
        names = await self._names(request, chosen)
        rows = []
        for contractor_id, result in zip(chosen, answer.results, strict=True):
            link = self._site.address(request, INVITATION_PATH + result.secret)
            rows.append((names[contractor_id], link if result.secret else "", result.error))
        made = [(name, link) for name, link, _ in rows if link]
        return self._site.pages.render(
            request,
            "vendor/invitations.html",
            rows=rows,
            table=_csv(made),
            made=len(made),
            prefix=self._prefix,
        )

    async def _names(self, request: Request, ids: list[str]) -> dict[str, str]:
        found = await asyncio.gather(
            *(
                self._site.ask(
                    request,
                    self._site.peers.vendors.GetContractor,
                    vendors_pb2.GetContractorRequest(contractor_id=one),
                )
                for one in ids[: PAGE_SIZE * 2]
            )
        )
        names = {one.contractor.contractor_id: one.contractor.name for one in found}
        return {one: names.get(one) or one for one in ids}

    async def _contractor(self, request: Request, contractor_id: str) -> types_pb2.Contractor:
        found = await self._site.ask(
            request,
            self._site.peers.vendors.GetContractor,
            vendors_pb2.GetContractorRequest(contractor_id=contractor_id),
        )
        contractor: types_pb2.Contractor = found.contractor
        return contractor

    def _region(
        self,
        request: Request,
        contractor: types_pb2.Contractor,
        form: Form,
        *,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> Response:
        return self._site.pages.render(
            request,
            "vendor/region.html",
            status=status,
            form=form,
            contractor=contractor,
            prefix=self._prefix,
        )

    async def _quality(self, request: Request, contractor_id: str) -> Any:
        try:
            answer = await self._site.ask(
                request,
                self._site.peers.quality.GetContractorQuality,
                quality_pb2.GetContractorQualityRequest(contractor_id=contractor_id),
            )
        except DomainError as err:
            if err.kind is Kind.NOT_FOUND:
                return []  # nothing of theirs was scored yet
            raise
        return answer.quality


def _csv(rows: list[tuple[str, str]]) -> str:
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(("name", "link"))
    # A name that a spreadsheet would take for a formula is text.
    table.writerows((f"'{name}" if name[:1] in "=+-@\t\r" else name, link) for name, link in rows)
    return written.getvalue()
