"""How receipts and invoices name the client: stated here, for papers from then on."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.payouts.v1 import service_pb2 as payouts_pb2
from crewline.payouts.v1 import types_pb2
from services.chassis.errors import DomainError
from services.gateway.web.forms import Form
from services.gateway.web.site import Site
from services.gateway.web.visits import visit_of

_PATH: Final = "/client/billing"
_TEXTS: Final = (
    "name", "postal_code", "city", "country", "tax_number", "registration", "email",
    "purchase_order",
)  # fmt: skip
_LINES_MAX: Final = 6
_FIELDS: Final = {f"particulars.{name}": name for name in (*_TEXTS, "lines")} | {
    # A person writes the lines into one field.
    f"particulars.lines[{place}]": "lines"
    for place in range(_LINES_MAX)
}
# Of a version in digits: more are of none.
_DIGITS_MAX: Final = 18


class BillingPage:
    """One page."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def router(self) -> APIRouter:
        """Its routes."""
        router = self._site.router("CLIENT", prefix=_PATH)
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("", self.state, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """What papers say now, to be corrected."""
        return await self._page(request)

    async def state(self, request: Request) -> Response:
        """States the details, unless somebody else has since the page was shown."""
        visit = visit_of(request)
        try:
            await self._site.ask(
                request,
                self._site.peers.payouts.SetBillingParticulars,
                payouts_pb2.SetBillingParticularsRequest(
                    request_id=visit.form.request_id, particulars=_stated(visit.form)
                ),
            )
        except DomainError as err:
            visit.form.refuse(err, visit.language, fields=_FIELDS)
            return await self._page(request, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        said = visit.language.translate("Your billing details are kept, for papers from now on.")
        return self._site.pages.redirect(request, _PATH, said=said)

    async def _page(self, request: Request, *, status: int = HTTPStatus.OK) -> Response:
        found = await self._site.ask(
            request,
            self._site.peers.payouts.GetBillingParticulars,
            payouts_pb2.GetBillingParticularsRequest(),
        )
        return self._site.pages.render(
            request, "client/billing.html", status=status, known=found.particulars
        )


def _stated(form: Form) -> types_pb2.BillingParticulars:
    version = form.text("version")
    stated = types_pb2.BillingParticulars(
        lines=[line.strip() for line in form.text("lines").split("\n") if line.strip()],
        version=int(version) if version.isdecimal() and len(version) <= _DIGITS_MAX else 0,
    )
    for name in _TEXTS:
        setattr(stated, name, form.text(name))
    stated.country = stated.country.upper()
    return stated
