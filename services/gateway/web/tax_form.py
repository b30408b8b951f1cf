"""Who a payee is to tax authorities: given once, corrected when need be, the number never shown."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crewline.payouts.v1 import service_pb2 as payouts_pb2
from crewline.payouts.v1 import types_pb2
from services.chassis.errors import DomainError, Kind
from services.gateway.web.contractor.earnings import paid_by
from services.gateway.web.site import Site
from services.gateway.web.translations import mark
from services.gateway.web.visits import visit_of

_FORMS = (
    ("TAX_FORM_W9", mark("W-9: a person or firm of the US")),
    ("TAX_FORM_W8BEN", mark("W-8BEN: a person elsewhere")),
    ("TAX_FORM_W8BENE", mark("W-8BEN-E: a firm elsewhere")),
    ("TAX_FORM_DAC7", mark("DAC7: European Union")),
    ("TAX_FORM_OTHER", mark("Another form")),
)
_ID_TYPES = (
    ("TAX_ID_TYPE_TIN", mark("Tax number of my country")),
    ("TAX_ID_TYPE_VAT", mark("VAT number")),
    ("TAX_ID_TYPE_SSN", "SSN"),
    ("TAX_ID_TYPE_ITIN", "ITIN"),
    ("TAX_ID_TYPE_EIN", "EIN"),
)


class TaxFormPages:
    """One page of a vendor's, and one of a direct contractor's."""

    def __init__(self, site: Site, *, role: str, path: str) -> None:
        self._site = site
        self._role = role
        self._path = path

    def router(self) -> APIRouter:
        """Its routes."""
        router = self._site.router(self._role, prefix=self._path)
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("", self.certify, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """What is known, and the form."""
        return await self._page(request)

    async def certify(self, request: Request) -> Response:
        """Gives or corrects it."""
        visit = visit_of(request)
        form = visit.form
        try:
            await self._site.ask(
                request,
                self._site.peers.payouts.CertifyTaxIdentity,
                payouts_pb2.CertifyTaxIdentityRequest(
                    request_id=form.request_id,
                    form=_value(types_pb2.TaxForm, form.text("form")),
                    country=form.text("country").upper(),
                    id_type=_value(types_pb2.TaxIdType, form.text("id_type")),
                    number=form.secret("number").strip(),
                    legal_name=form.text("legal_name"),
                    certified=form.is_on("certified"),
                ),
            )
        except DomainError as err:
            form.refuse(err, visit.language)
            return await self._page(request, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        said = visit.language.translate("Your tax form is kept.")
        return self._site.pages.redirect(request, self._path, said=said)

    async def _page(self, request: Request, *, status: int = HTTPStatus.OK) -> Response:
        translate = visit_of(request).language.translate
        vendor = paid_by(request) if self._role == "CONTRACTOR" else ""
        return self._site.pages.render(
            request,
            "tax_form.html",
            status=status,
            known=None if vendor else await self._known(request),
            paid_by=vendor,
            base=self._path,
            forms=[(value, translate(text)) for value, text in _FORMS],
            id_types=[(value, translate(text)) for value, text in _ID_TYPES],
            form_names={types_pb2.TaxForm.Value(value): translate(text) for value, text in _FORMS},
        )

    async def _known(self, request: Request) -> Any:
        try:
            found = await self._site.ask(
                request,
                self._site.peers.payouts.GetTaxIdentity,
                payouts_pb2.GetTaxIdentityRequest(),
            )
        except DomainError as err:
            if err.kind is Kind.NOT_FOUND:
                return None
            raise
        return found.tax_identity


def _value(enum: Any, name: str) -> Any:
    """What is none of them is none, and is refused as such."""
    return enum.Value(name) if name in enum.keys() else 0  # noqa: SIM118 (no mapping)
