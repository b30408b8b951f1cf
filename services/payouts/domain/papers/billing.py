"""How parties are named on papers: who issues them, whom they are for, how well it is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import iso3166

from services.chassis.errors import DomainError, Kind


class BillingInvalid(DomainError):
    """The billing details cannot be printed as they are."""

    kind, reason = Kind.INVALID, "BILLING_INVALID"


class BillingChanged(DomainError):
    """Somebody else has stated the details anew since the caller read them."""

    kind, reason = Kind.CONFLICT, "BILLING_CHANGED"


class NamedBy(StrEnum):
    """Where a paper has a client's name from."""

    DETAILS = "details"
    """The client stated them for papers."""
    REGISTRATION = "registration"
    """The organisation's name, as it was registered: no details were stated."""
    ID = "id"
    """News of the organisation had not arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """Who is named on a paper; what is empty is left out. `country` is ISO 3166-1 alpha-2."""

    name: str
    lines: tuple[str, ...] = ()
    postal_code: str = ""
    city: str = ""
    country: str = ""
    tax_number: str = ""
    registration: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As frozen papers have it: the country by name as well, for names of countries change."""
        return {
            "name": self.name,
            "lines": list(self.lines),
            "postal_code": self.postal_code,
            "city": self.city,
            "country": self.country,
            "country_name": country_name(self.country),
            "tax_number": self.tax_number,
            "registration": self.registration,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingDetails:
    """One version of what a client stated; a correction is a new version, from 1 on."""

    client_id: str
    version: int
    particulars: Particulars
    # Where invoices are to be sent; on no paper.
    email: str = field(default="", repr=False)
    purchase_order: str = ""
    stated_by: str
    stated_at: datetime | None
    """None where it was stated before times were kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientTax:
    """One version of what an operator has set for a client's invoices.

    `rate_bps` is None where the platform's own rate holds.
    """

    client_id: str
    version: int
    rate_bps: int | None
    note: str
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledClient:
    """A client as a paper names it; `billing_version` is 0 where no details were stated."""

    client_id: str
    particulars: Particulars
    named_by: NamedBy
    purchase_order: str = ""
    billing_version: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "client_id": self.client_id,
            **self.particulars.as_dict(),
            "purchase_order": self.purchase_order,
            "named_by": self.named_by.value,
            "billing_version": self.billing_version,
        }


def billed_client(
    client_id: str, *, details: BillingDetails | None, registered_name: str
) -> BilledClient:
    """Name a client by the best that is known; `registered_name` is empty where none is."""
    if details is not None:
        return BilledClient(
            client_id=client_id,
            particulars=details.particulars,
            named_by=NamedBy.DETAILS,
            purchase_order=details.purchase_order,
            billing_version=details.version,
        )
    return BilledClient(
        client_id=client_id,
        particulars=Particulars(name=registered_name or client_id),
        named_by=NamedBy.REGISTRATION if registered_name else NamedBy.ID,
    )


def check_country(code: str) -> None:
    """Pass if it is empty or an assigned code. Errors: BillingInvalid."""
    if code and code not in iso3166.countries_by_alpha2:
        raise BillingInvalid(
            "no country has this code",
            field="particulars.country",
            rule="country.known",
            country=code,
        )


def country_name(code: str) -> str:
    """Return a country's name in English; what is no code is shown as it is."""
    found = iso3166.countries_by_alpha2.get(code)
    return code if found is None else str(found.apolitical_name)
