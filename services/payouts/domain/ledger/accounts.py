"""Names of ledger accounts, and what each kind of account means and may not do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from services.payouts.domain.errors import InvalidAccount
from services.payouts.domain.ledger.money import minor_exponent

# Wide enough for the accounts of 10,000 contractors at once; an entry is a few hundred bytes.
_NAMES_KEPT: Final = 65_536

STRIPE: Final = "stripe"
# The platform's own bank account: transfers that people make and record.
BANK: Final = "bank"
STRIPE_GLOBAL: Final = "stripe_global_payouts"
MANUAL_CSV: Final = "manual_csv"

# One part of an account name or of an entry's key: any id that we or Stripe hand out.
PART: Final = r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,127}"
_PART: Final = re.compile(PART)
_PLACEHOLDER: Final = re.compile(r"\{([a-z]+)\}")


class Side(StrEnum):
    """The side on which an account grows."""

    DEBIT = "debit"
    CREDIT = "credit"


class Purpose(StrEnum):
    """What an account is for; one per kind of account."""

    CLIENT_AVAILABLE = "client_available"
    PROJECT_HELD = "project_held"
    CLIENT_OWED = "client_owed"
    CLIENT_HOLD = "client_hold"
    PROJECT_RESERVE = "project_reserve"
    CONTRACTOR_PAYABLE = "contractor_payable"
    VENDOR_PAYABLE = "vendor_payable"
    CONTRACTOR_BENEFITS = "contractor_benefits"
    BENEFITS_OWED = "benefits_owed"
    VENDOR_COMMISSION = "vendor_commission"
    PLATFORM_FEES = "platform_fees"
    PLATFORM_ABSORBED = "platform_absorbed"
    PLATFORM_PAYMENT_COSTS = "platform_payment_costs"
    PLATFORM_EXCHANGE = "platform_exchange"
    FX_CLEARING = "fx_clearing"
    STATEMENT = "statement"
    TAX_WITHHELD = "tax_withheld"
    RAIL_PLATFORM = "rail_platform"
    RAIL_IN_FLIGHT = "rail_in_flight"
    RAIL_TRANSFERRED = "rail_transferred"
    RAIL_CONNECTED = "rail_connected"
    RAIL_PAYOUT_IN_FLIGHT = "rail_payout_in_flight"
    RAIL_PAID_OUT = "rail_paid_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountKind:
    """One row of the chart of accounts; `template` lacks the currency, which always comes last.

    `guarded`: may not go below zero on its own side. Only what we decide is guarded. What a rail
    reports has happened, and is booked whatever it does to the balance. `clearing`: is empty
    when nothing is under way.
    """

    purpose: Purpose
    template: str
    side: Side
    guarded: bool = False
    clearing: bool = False


CHART: Final = (
    # What clients, payees and we ourselves may claim.
    AccountKind(
        purpose=Purpose.CLIENT_AVAILABLE,
        template="client:{client}:available",
        side=Side.CREDIT,
        guarded=True,
    ),
    AccountKind(
        purpose=Purpose.PROJECT_HELD,
        template="client:{client}:project:{project}:held",
        side=Side.CREDIT,
        guarded=True,
    ),
    # Funded with the hold, for those whose pay comes out below their place's floor.
    AccountKind(
        purpose=Purpose.PROJECT_RESERVE,
        template="client:{client}:project:{project}:reserve",
        side=Side.CREDIT,
        guarded=True,
    ),
    # What is set aside for one thing that is decided later: paid, in part too, or given back, once.
    AccountKind(
        purpose=Purpose.CLIENT_HOLD,
        template="client:{client}:hold:{hold}",
        side=Side.CREDIT,
        guarded=True,
    ),
    # What refunds and disputes took back of a client's payments beyond what it had available: the
    # next money that becomes available covers it first.
    AccountKind(purpose=Purpose.CLIENT_OWED, template="client:{client}:owed", side=Side.DEBIT),
    AccountKind(
        purpose=Purpose.CONTRACTOR_PAYABLE,
        template="contractor:{contractor}:payable",
        side=Side.CREDIT,
        guarded=True,
    ),
    # What a contractor earned through a vendor is paid to that vendor: it is kept apart, so that
    # neither a change of vendor nor direct work mixes with it, and its passing-on can be shown.
    AccountKind(
        purpose=Purpose.VENDOR_PAYABLE,
        template="contractor:{contractor}:via:{vendor}:payable",
        side=Side.CREDIT,
        guarded=True,
    ),
    # The contractor's own, whoever engages them, and wherever they go.
    AccountKind(
        purpose=Purpose.CONTRACTOR_BENEFITS,
        template="contractor:{contractor}:benefits",
        side=Side.CREDIT,
        guarded=True,
    ),
    AccountKind(
        purpose=Purpose.BENEFITS_OWED,
        template="benefits:{provider}:owed",
        side=Side.CREDIT,
        guarded=True,
    ),
    AccountKind(
        purpose=Purpose.VENDOR_COMMISSION,
        template="vendor:{vendor}:commission",
        side=Side.CREDIT,
        guarded=True,
    ),
    AccountKind(purpose=Purpose.PLATFORM_FEES, template="platform:fees", side=Side.CREDIT),
    # Answers overturned after they were paid: the platform bears them, not the contractor.
    AccountKind(purpose=Purpose.PLATFORM_ABSORBED, template="platform:absorbed", side=Side.DEBIT),
    # What a rail keeps of payments, refunds and disputes: the platform bears it, not the client.
    AccountKind(
        purpose=Purpose.PLATFORM_PAYMENT_COSTS,
        template="platform:payment_costs",
        side=Side.DEBIT,
    ),
    # What changing money came to beyond what clients were given for theirs, or short of it.
    AccountKind(purpose=Purpose.PLATFORM_EXCHANGE, template="platform:exchange", side=Side.CREDIT),
    # Open positions: converted for a client, and not changed at a bank yet. The only way between
    # two currencies; each of the pair has an account of it.
    AccountKind(
        purpose=Purpose.FX_CLEARING,
        template="fx:{source}:{target}:clearing",
        side=Side.DEBIT,
        clearing=True,
    ),
    AccountKind(
        purpose=Purpose.STATEMENT, template="statement:{statement}", side=Side.CREDIT, guarded=True
    ),
    # Withheld from statements and owed to a tax authority until it is remitted.
    AccountKind(
        purpose=Purpose.TAX_WITHHELD,
        template="tax:{authority}:withheld",
        side=Side.CREDIT,
        guarded=True,
    ),
    # Mirrors of the rail's own balances, and what is on its way between them.
    AccountKind(purpose=Purpose.RAIL_PLATFORM, template="rail:{rail}:platform", side=Side.DEBIT),
    AccountKind(
        purpose=Purpose.RAIL_IN_FLIGHT,
        template="rail:{rail}:in_flight",
        side=Side.CREDIT,
        clearing=True,
    ),
    AccountKind(
        purpose=Purpose.RAIL_TRANSFERRED, template="rail:{rail}:transferred", side=Side.CREDIT
    ),
    AccountKind(
        purpose=Purpose.RAIL_CONNECTED, template="rail:{rail}:connected:{account}", side=Side.DEBIT
    ),
    AccountKind(
        purpose=Purpose.RAIL_PAYOUT_IN_FLIGHT,
        template="rail:{rail}:payout_in_flight",
        side=Side.DEBIT,
        clearing=True,
    ),
    AccountKind(purpose=Purpose.RAIL_PAID_OUT, template="rail:{rail}:paid_out", side=Side.DEBIT),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account name taken apart; `parts` are the ids in it, by the names in its template."""

    name: str
    kind: AccountKind
    currency: str
    parts: tuple[tuple[str, str], ...]

    def part(self, name: str) -> str:
        """Return one id of the name, or an empty text where this kind has none such."""
        return dict(self.parts).get(name, "")

    def balance_units(self, signed_units: int) -> int:
        """Return a sum of postings as a balance on this account's own side."""
        return signed_units if self.kind.side is Side.DEBIT else -signed_units


def _matcher(kind: AccountKind) -> re.Pattern[str]:
    named = _PLACEHOLDER.sub(lambda found: f"(?P<{found.group(1)}>{PART})", kind.template)
    return re.compile(f"{named}:(?P<currency>[A-Z]{{3}})")


_MATCHERS: Final = tuple((kind, _matcher(kind)) for kind in CHART)
_BY_PURPOSE: Final = {kind.purpose: kind for kind in CHART}


@lru_cache(maxsize=_NAMES_KEPT)
def parse(name: str) -> Account:
    """Take an account name apart; refuse what the chart of accounts does not know."""
    for kind, matcher in _MATCHERS:
        found = matcher.fullmatch(name)
        if found is not None:
            parts = found.groupdict()
            currency = parts.pop("currency")
            minor_exponent(currency)
            return Account(name=name, kind=kind, currency=currency, parts=tuple(parts.items()))
    raise InvalidAccount(f"no account is named {name!r}", account=name)


@lru_cache(maxsize=_NAMES_KEPT)
def _named(purpose: Purpose, currency: str, *ids: str) -> str:
    template = _BY_PURPOSE[purpose].template
    labels = _PLACEHOLDER.findall(template)
    for label, value in zip(labels, ids, strict=True):
        if _PART.fullmatch(value) is None:
            raise InvalidAccount(
                f"{value!r} cannot be the {label} of an account", part=label, value=value
            )
    filled = template.format(**dict(zip(labels, ids, strict=True)))
    return parse(f"{filled}:{currency}").name


def client_available(*, client_id: str, currency: str) -> str:
    return _named(Purpose.CLIENT_AVAILABLE, currency, client_id)


def platform_exchange(*, currency: str) -> str:
    return _named(Purpose.PLATFORM_EXCHANGE, currency)


def fx_clearing(*, source: str, target: str, currency: str) -> str:
    """Name what is open of a pair in one of its two currencies."""
    return _named(Purpose.FX_CLEARING, currency, source, target)


def client_hold(*, client_id: str, hold_id: str, currency: str) -> str:
    return _named(Purpose.CLIENT_HOLD, currency, client_id, hold_id)


def client_owed(*, client_id: str, currency: str) -> str:
    return _named(Purpose.CLIENT_OWED, currency, client_id)


def platform_payment_costs(*, currency: str) -> str:
    return _named(Purpose.PLATFORM_PAYMENT_COSTS, currency)


def project_held(*, client_id: str, project_id: str, currency: str) -> str:
    return _named(Purpose.PROJECT_HELD, currency, client_id, project_id)


def project_reserve(*, client_id: str, project_id: str, currency: str) -> str:
    return _named(Purpose.PROJECT_RESERVE, currency, client_id, project_id)


def contractor_benefits(*, contractor_id: str, currency: str) -> str:
    return _named(Purpose.CONTRACTOR_BENEFITS, currency, contractor_id)


def benefits_owed(*, provider_id: str, currency: str) -> str:
    return _named(Purpose.BENEFITS_OWED, currency, provider_id)


def payable(*, contractor_id: str, vendor_id: str, currency: str) -> str:
    """Name what a contractor has earned: through a vendor, or directly if `vendor_id` is empty."""
    if vendor_id:
        return _named(Purpose.VENDOR_PAYABLE, currency, contractor_id, vendor_id)
    return _named(Purpose.CONTRACTOR_PAYABLE, currency, contractor_id)


def vendor_commission(*, vendor_id: str, currency: str) -> str:
    return _named(Purpose.VENDOR_COMMISSION, currency, vendor_id)


def platform_fees(*, currency: str) -> str:
    return _named(Purpose.PLATFORM_FEES, currency)


def platform_absorbed(*, currency: str) -> str:
    return _named(Purpose.PLATFORM_ABSORBED, currency)


def statement(*, statement_id: str, currency: str) -> str:
    return _named(Purpose.STATEMENT, currency, statement_id)


def tax_withheld(*, authority: str, currency: str) -> str:
    return _named(Purpose.TAX_WITHHELD, currency, authority)


def rail_platform(*, currency: str, rail: str = STRIPE) -> str:
    return _named(Purpose.RAIL_PLATFORM, currency, rail)


def rail_in_flight(*, currency: str, rail: str = STRIPE) -> str:
    return _named(Purpose.RAIL_IN_FLIGHT, currency, rail)


def rail_transferred(*, currency: str, rail: str = STRIPE) -> str:
    """Name the counterpart of all money handed over to payees at the rail."""
    return _named(Purpose.RAIL_TRANSFERRED, currency, rail)


def rail_connected(*, account_id: str, currency: str, rail: str = STRIPE) -> str:
    return _named(Purpose.RAIL_CONNECTED, currency, rail, account_id)


def rail_payout_in_flight(*, currency: str, rail: str = STRIPE) -> str:
    return _named(Purpose.RAIL_PAYOUT_IN_FLIGHT, currency, rail)


def rail_paid_out(*, currency: str, rail: str = STRIPE) -> str:
    return _named(Purpose.RAIL_PAID_OUT, currency, rail)
