"""What the other services have told of projects, vendors and contractors, as far as money needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.answers.pricing import price, reserve_units

ENDED_STATES: Final = frozenset({"COMPLETED", "CANCELLED"})


class ProjectNotFound(DomainError):
    """No such project here (yet), or another organisation's."""

    kind = Kind.NOT_FOUND
    reason = "PROJECT_NOT_FOUND"


class ProjectEnded(DomainError):
    """The project is over; no money is held for it any more."""

    kind = Kind.PRECONDITION
    reason = "PROJECT_ENDED"


class ContractorNotFound(DomainError):
    """No such contractor here (yet)."""

    kind = Kind.NOT_FOUND
    reason = "CONTRACTOR_NOT_FOUND"


class AccountNotFound(DomainError):
    """No entry ever touched an account of this name, or it is another organisation's."""

    kind = Kind.NOT_FOUND
    reason = "ACCOUNT_NOT_FOUND"


class ClientMissing(DomainError):
    """An operator has to say whose funds are meant."""

    kind = Kind.INVALID
    reason = "CLIENT_MISSING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Whose project it is, and what one accepted answer of it costs."""

    project_id: str
    client_id: str
    kind: int
    """crewline.common.v1.WorkKind."""
    pay_units: int
    currency: str
    platform_fee_bps: int
    commission_bps_max: int
    benefits_bps: int = 0
    floor_reserve_bps: int = 0
    name: str = ""
    countries: tuple[str, ...] = ()
    """Where contractors may be; empty: anywhere."""
    expected_milliseconds: int = 0
    """What an answer takes, as the client expects it; 0 where nobody said."""
    regions: tuple[str, ...] = ()
    """ISO 3166-2: of a country of which any is named contractors may be in these alone."""

    @property
    def price_units_max(self) -> int:
        """What an answer through the dearest vendor costs."""
        return price(
            pay_units=self.pay_units,
            commission_bps=self.commission_bps_max,
            fee_bps=self.platform_fee_bps,
            benefits_bps=self.benefits_bps,
        ).total_units

    @property
    def reserve_units_each(self) -> int:
        """What is set aside for an answer's pay to reach the floor."""
        return reserve_units(pay_units=self.pay_units, floor_reserve_bps=self.floor_reserve_bps)

    def commission_bps(self, rates_bps: Mapping[int, int]) -> int:
        """A vendor's share by its rates per kind of work; never above what the client allows."""
        return min(rates_bps.get(self.kind, 0), self.commission_bps_max)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contractor:
    """Who is paid for a person's work: the vendor's organisation, or the person."""

    contractor_id: str
    organisation_id: str
    is_direct: bool
    country: str
    region: str = ""
    """ISO 3166-2, such as US-CA; empty where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """An organisation that is paid for its contractors' work."""

    vendor_id: str
    country: str
    state: str
    legal_name: str = ""
