"""The words, amounts and dates of statements' papers, by language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from services.payouts.domain.ledger.money import LEDGER_UNITS_PER_MINOR
from services.payouts.papers.amounts import amount_text

ENGLISH: Final = "en"
FRENCH: Final = "fr"

_MONTHS: Final = {
    ENGLISH: (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
    FRENCH: (
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
        "octobre", "novembre", "décembre",
    ),
}  # fmt: skip

# By what is meant: English, French.
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "statement": ("Statement", "Relevé"),
    "part": ("Part of a statement", "Part d’un relevé"),
    "payee": ("For", "Pour"),
    "issuer": ("From", "De"),
    "tax_number": ("Tax number", "Numéro fiscal"),
    "erased": (
        "Where only an id is left of a person, the name is not kept any more.",
        "Là où il ne reste d’une personne qu’un identifiant, le nom n’est plus conservé.",
    ),
    "vendor": ("vendor", "prestataire"),
    "contractor": ("contractor", "contributeur"),
    "number": ("Number", "Numéro"),
    "period": ("Pay period", "Période de paie"),
    "until": ("{start} to {end}", "du {start} au {end}"),
    "made": ("Made", "Établi le"),
    "pay_on": ("Pay day", "Jour de paie"),
    "currency": ("Currency", "Devise"),
    "minimum": ("Least that is stated", "Minimum pour un relevé"),
    "lines": ("What it is for", "Détail"),
    "project": ("Project", "Projet"),
    "for": ("For", "Objet"),
    "answers": ("Answers", "Réponses"),
    "amount": ("Amount", "Montant"),
    "work": ("Accepted answers", "Réponses acceptées"),
    "floor_top_up": ("Top-up to the wage floor", "Complément au plancher de rémunération"),
    "benefits_withdrawal": ("Withdrawal of benefits", "Retrait d’avantages sociaux"),
    "adjustment": ("Adjustment", "Régularisation"),
    "adjustments": ("Adjustments, and why", "Régularisations, et pourquoi"),
    "commission": ("Commission", "Commission"),
    "earlier": ("of {period}", "de {period}"),
    "withheld": ("Withheld for {authority}", "Retenue pour {authority}"),
    "lines_sum": ("Together", "Ensemble"),
    "rest": ("Carried on by rounding", "Reporté par arrondi"),
    "total": ("Paid out", "Versé"),
    "own_total": ("Yours", "Votre part"),
    "carried_in": ("Of it carried over from before", "Dont report de périodes précédentes"),
    "BELOW_MINIMUM": ("below the minimum", "sous le minimum"),
    "NOTHING_PAYABLE": ("nothing was payable", "rien n’était dû"),
    "NOT_DUE": ("not due yet", "pas encore échu"),
    "ROUNDING": ("rounding", "arrondi"),
    "next_at": ("comes up again on {day}", "revient le {day}"),
    "prices": ("What clients paid for it", "Ce que les clients ont payé"),
    "pay_units": ("Contractors’ pay", "Rémunération des contributeurs"),
    "commission_units": ("Vendors’ commission", "Commission des prestataires"),
    "fee_units": ("Platform’s fee", "Frais de la plateforme"),
    "benefits_units": ("Contractors’ benefits", "Avantages sociaux des contributeurs"),
    "client_units": ("Clients’ price", "Prix pour les clients"),
    "rejected": ("Answers that were not accepted: {count}", "Réponses non acceptées : {count}"),
    "answer": ("Answer", "Réponse"),
    "reason": ("Reason", "Motif"),
    "decided": ("Decided", "Décidé le"),
    "booked": ("As of", "Au"),
    "appeal": ("Appeal until", "Recours jusqu’au"),
    "how_to_appeal": (
        ("Whoever gave an answer can appeal against its rejection until the day beside it: in the"
        " console under Answers, or with POST /v1/appeals. The appeal withholds the rejection."),
        ("Le contributeur peut former un recours contre le rejet jusqu’à la date indiquée : dans la"
        " console sous Réponses, ou par POST /v1/appeals. Le recours suspend le rejet."),
    ),
    "left_out": (
        "{count} more are in the list of answers.",
        "{count} autres figurent dans la liste des réponses.",
    ),
    "adjustments_left_out": (
        "{count} more adjustments are in the sums, and not listed by themselves.",
        "{count} autres régularisations sont dans les sommes, sans être listées une à une.",
    ),
    "top_ups": ("Top-ups, and why", "Compléments, et pourquoi"),
    "frozen": (
        "A statement never changes. What is decided later is on a later one.",
        "Un relevé ne change jamais. Ce qui est décidé plus tard figure sur un relevé ultérieur.",
    ),
    "hash": ("SHA-256 of the document", "SHA-256 du document"),
}  # fmt: skip

_NARROW_SPACE: Final = "\u202f"


class Wording:
    """Of one language."""

    def __init__(self, language: str) -> None:
        self.language = FRENCH if language == FRENCH else ENGLISH
        self._place = 1 if self.language == FRENCH else 0

    def __call__(self, name: str, **values: object) -> str:
        """Some words, filled in; what has none is shown as it is."""
        found = _WORDS.get(name)
        return found[self._place].format(**values) if found is not None else name

    def amount(self, amount_units: int, currency: str) -> str:
        """An amount of the ledger's units."""
        minor, fraction = divmod(abs(amount_units), LEDGER_UNITS_PER_MINOR)
        text = amount_text(minor, currency, fraction=fraction, fractions=LEDGER_UNITS_PER_MINOR)
        if self.language == FRENCH:
            text = text.replace(",", _NARROW_SPACE).replace(".", ",")
        return f"−{text}" if amount_units < 0 else text

    def count(self, number: int) -> str:
        """A whole number."""
        text = f"{number:,}"
        return text.replace(",", _NARROW_SPACE) if self.language == FRENCH else text

    def day(self, moment: str) -> str:
        """The day, in UTC, of a moment or day as documents have it; empty stays empty."""
        if not moment:
            return ""
        found = datetime.fromisoformat(moment)
        day = "1er" if self.language == FRENCH and found.day == 1 else str(found.day)
        return f"{day} {_MONTHS[self.language][found.month - 1]} {found.year}"
