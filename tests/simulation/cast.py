"""Who is there on a pay day: a client with money, people with accepted answers, their rails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.chassis.authentication import Principal
from services.payouts.domain.ledger.accounts import MANUAL_CSV, STRIPE, STRIPE_GLOBAL
from services.payouts.domain.ledger.money import BPS_IN_WHOLE, LEDGER_UNITS_PER_MINOR
from tests.simulation.books import Owed

CLIENT = "org_client"
VENDOR = "org_vendor"
PROJECT = "prj_1"
# No whole cents: what is left of an answer's pay is carried over.
PAY_UNITS = 1_003_700
COMMISSION_BPS = 1_000
COMMISSION_BPS_MAX = 1_500
FEE_BPS = 2_000
BENEFITS_BPS = 250
RESERVE_BPS = 500
CLIENT_PRINCIPAL = Principal(
    subject_id="per_client",
    organisation_id=CLIENT,
    organisation_kind="client",
    roles=frozenset({"CLIENT"}),
)
DEPOSIT_MINOR = 100_000
HOLD_MINOR = 50_000


# By how their ids begin; everybody else is paid by Connect.
_RAILS: Final = {"ctr_g": STRIPE_GLOBAL, "ctr_f": MANUAL_CSV}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """How many answers of whom are accepted, and whether money comes in on the same day.

    People engaged directly, a vendor's, those where Connect does not reach (Global Payouts), and
    those who chose to be paid through a bank by a file.
    """

    direct: tuple[int, ...] = ()
    through_vendor: tuple[int, ...] = ()
    abroad: tuple[int, ...] = ()
    by_file: tuple[int, ...] = ()
    pays_in: bool = False
    by_bank: bool = False
    """Whether clients send money by bank, and have some back."""

    def people(self) -> dict[str, tuple[int, str]]:
        """Answers and vendor of each contractor."""
        groups = (
            ("ctr_d", self.direct, ""),
            ("ctr_v", self.through_vendor, VENDOR),
            ("ctr_g", self.abroad, ""),
            ("ctr_f", self.by_file, ""),
        )
        return {
            f"{begins}{place}": (count, vendor)
            for begins, counts, vendor in groups
            for place, count in enumerate(counts)
        }

    def owed(self) -> list[Owed]:
        """What each payee is to have in the end: pay, and to the vendor its commission on top."""
        found = [
            Owed(
                payee_id=who,
                amount_minor=count * PAY_UNITS // LEDGER_UNITS_PER_MINOR,
                rail=rail_of(who),
            )
            for who, (count, vendor) in self.people().items()
            if not vendor
        ]
        answers = sum(self.through_vendor)
        each = PAY_UNITS + PAY_UNITS * COMMISSION_BPS // BPS_IN_WHOLE
        if answers:
            whole_minor = answers * each // LEDGER_UNITS_PER_MINOR
            found.append(Owed(payee_id=VENDOR, amount_minor=whole_minor))
        return sorted(found, key=lambda one: one.payee_id)


def rail_of(payee_id: str) -> str:
    """Whom which rail pays."""
    return _RAILS.get(payee_id[:5], STRIPE)


SMALL = Cast(direct=(3,))
ABROAD = Cast(abroad=(2,))
BY_FILE = Cast(by_file=(2,))
PAYING_IN = Cast(pays_in=True)
OWN_BANK = Cast(by_bank=True)
BOTH_WAYS = Cast(pays_in=True, by_bank=True)
WHOLE = Cast(
    direct=(3, 1), through_vendor=(2, 1), abroad=(2,), by_file=(1,), pays_in=True, by_bank=True
)
