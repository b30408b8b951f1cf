"""Taxes withheld from statements: a pure function of who is paid what, by a table or not at all.

The platform ships no rates. Whoever has to withhold configures rows, each with its source and its
days of validity; what is withheld is a line of the statement and an entry of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.ledger.accounts import PART
from services.payouts.domain.ledger.money import (
    BPS_IN_WHOLE,
    LEDGER_UNITS_PER_MINOR,
    minor_below,
    units_of,
)
from services.payouts.domain.statements.tax_forms import ALL_COUNTRIES, TaxFacts, TaxForm

_RULES_MAX: Final = 200


class WithholdingInvalid(DomainError):
    """A row of the table, or the table, cannot be applied."""

    kind = Kind.INVALID
    reason = "WITHHOLDING_INVALID"


@dataclass(frozen=True, slots=True, kw_only=True)
class WithholdingRule:
    """One row of the table: who withholds how much of what, by which source, and when."""

    name: str
    authority: str
    """Whom it is remitted to: part of the account tax:{authority}:withheld."""
    rate_bps: int
    source: str
    valid_from: date
    valid_to: date | None = None
    """The last day."""
    country: str = ALL_COUNTRIES
    forms: frozenset[TaxForm] = frozenset()
    """The forms that it is for; empty: payees without one that holds."""
    line_kinds: frozenset[str] = frozenset()
    """Kinds of statement lines; empty: all."""

    def __post_init__(self) -> None:
        if not 0 < self.rate_bps < BPS_IN_WHOLE:
            raise WithholdingInvalid(
                f"{self.name}: a rate is 1 to {BPS_IN_WHOLE - 1} hundredths of a percent",
                rule=self.name,
                rate_bps=self.rate_bps,
            )
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise WithholdingInvalid(f"{self.name} ends before it begins", rule=self.name)
        if not self.source.strip():
            raise WithholdingInvalid(f"{self.name} names no source", rule=self.name)
        if re.fullmatch(PART, self.authority) is None:
            raise WithholdingInvalid(
                f"{self.name}: {self.authority!r} cannot name an authority", rule=self.name
            )

    def applies(self, *, country: str, form: TaxForm | None, on: date) -> bool:
        """Tell whether a payee's statement of that day falls under it."""
        if self.country not in {country, ALL_COUNTRIES}:
            return False
        if (form not in self.forms) if self.forms else (form is not None):
            return False
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """What one rule takes from one statement, in whole minor units."""

    rule: str
    authority: str
    rate_bps: int
    base_units: int
    amount_minor: int
    source: str


WithholdingPolicy = Callable[[TaxFacts, Mapping[str, int], date], tuple[Withheld, ...]]
"""From a payee, what each kind of line comes to in the ledger's units, and the day.

To withhold more of more, and never a whole of it: see `payable_totals.after_taxes`.
"""


def no_withholding(
    _facts: TaxFacts, _units_by_kind: Mapping[str, int], _on: date
) -> tuple[Withheld, ...]:
    """The default: nothing is withheld."""
    return ()


def by_table(rules: Sequence[WithholdingRule]) -> WithholdingPolicy:
    """Withhold by a table; each part is rounded down to minor units.

    Errors: WithholdingInvalid, of rows that share a name, or together could take all.
    """
    _check_table(rules)

    def policy(facts: TaxFacts, units_by_kind: Mapping[str, int], on: date) -> tuple[Withheld, ...]:
        # What rounding leaves is not paid: it comes up again, and falls under the rules then.
        total_units = units_of(minor_below(sum(units_by_kind.values())))
        taken = []
        for rule in rules:
            if not rule.applies(country=facts.country, form=facts.form, on=on):
                continue
            kinds = rule.line_kinds or units_by_kind.keys()
            # What other lines take back was never earned.
            base_units = min(total_units, sum(units_by_kind.get(kind, 0) for kind in kinds))
            amount_minor = base_units * rule.rate_bps // (BPS_IN_WHOLE * LEDGER_UNITS_PER_MINOR)
            if amount_minor > 0:
                taken.append(
                    Withheld(
                        rule=rule.name,
                        authority=rule.authority,
                        rate_bps=rule.rate_bps,
                        base_units=base_units,
                        amount_minor=amount_minor,
                        source=rule.source,
                    )
                )
        return tuple(taken)

    return policy


def _check_table(rules: Sequence[WithholdingRule]) -> None:
    if len(rules) > _RULES_MAX:
        raise WithholdingInvalid(f"more than {_RULES_MAX} rules", rules=len(rules))
    names = [rule.name for rule in rules]
    if len(set(names)) < len(names):
        raise WithholdingInvalid("two rules share a name", names=sorted(names))
    for day in {rule.valid_from for rule in rules}:
        for country in {rule.country for rule in rules}:
            for form in (None, *TaxForm):
                found = [rule for rule in rules if rule.applies(country=country, form=form, on=day)]
                if sum(rule.rate_bps for rule in found) >= BPS_IN_WHOLE:
                    raise WithholdingInvalid(
                        "rules that apply together would take everything",
                        rules=[rule.name for rule in found],
                    )
