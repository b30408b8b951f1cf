"""Refusals in words for people, by their stable reasons."""

from __future__ import annotations

from collections.abc import Mapping

from services.chassis.errors import DomainError, FieldViolation, Kind
from services.gateway.web.translations import Language, mark

_SENTENCES: Mapping[str, str] = {
    "SIGN_IN_REFUSED": mark("The address and the password do not belong together."),
    "RATE_LIMITED": mark("Too many attempts from here. Wait a minute, then try again."),
    "EMAIL_TAKEN": mark("Somebody signs in with this address already."),
    "PASSWORD_WEAK": mark("Choose a longer or less common password."),
    "INVITATION_INVALID": mark(
        "This invitation does not work any more. Ask whoever invited you for a new one."
    ),
    "ALREADY_SIGNS_IN": mark("This person signs in already."),
    "SESSION_ENDED": mark("Your session has ended. Sign in again."),
    "INSUFFICIENT_FUNDS": mark("You do not have that much to spend."),
    "PAY_BELOW_FLOOR": mark(
        "The pay does not come to the living wage of every place where the work is offered. See it"
        " under About."
    ),
    "EXPECTED_SECONDS_MISSING": mark("The project does not say how long an answer takes."),
    "FLOOR_UNKNOWN": mark(
        "No living wage is known for some places where the work is offered. Name the countries, or"
        " ask us."
    ),
    "FLOOR_STALE": mark("A living wage that the work needs is out of date. Ask us to renew it."),
    "FX_RATE_UNKNOWN": mark("An exchange rate that the work needs is not known. Ask us for it."),
    "FX_RATE_STALE": mark(
        "An exchange rate that the work needs is out of date. Ask us to renew it."
    ),
    "FX_RATE_INVALID": mark(
        "A rate is above zero, says where it is from, and is not of the future."
    ),
    "CURRENCY_MISMATCH": mark("The project is in another currency."),
    "PROJECT_STATE_WRONG": mark("The project is not in a state that allows this."),
    "PROJECT_ENDED": mark("The project has ended."),
    "TASKS_UNRESOLVED": mark("Some tasks have no result yet."),
    "FUNDS_SHORT": mark("The money held for the project does not pay for more tasks."),
    "VENDOR_EXISTS": mark("Your application is there already."),
    "VENDOR_STATE_WRONG": mark("The vendor is not in a state that allows this."),
    "VENDOR_NOT_APPROVED": mark("Only approved vendors can enrol contractors."),
    "CONTRACTOR_EXISTS": mark("A contractor of that name for you is there already."),
    "CONTRACTOR_ERASED": mark(
        "This person was erased. Whoever comes anew has another id of yours."
    ),
    "ERASURE_REASON_NAMES_PERSON": mark(
        "The reason is kept for good: write no name and no address into it."
    ),
    "CONTRACTOR_STATE_WRONG": mark("The contractor is not in a state that allows this."),
    "COUNTRY_UNKNOWN": mark("That is not the code of a country."),
    "ELIGIBILITY_INVALID": mark("Name the country of every region among the countries."),
    "REGION_INVALID": mark("That is not the code of a region of this country, such as US-CA."),
    "COUNTRY_UNSUPPORTED": mark("Nobody can be paid out in this country yet."),
    "PERIOD_END_INVALID": mark("A pay period ends after the last one, and not in the future."),
    "PERIOD_STATE_WRONG": mark("The pay period is not in a state that allows this."),
    "CURRENCY_UNSUPPORTED": mark("Money cannot come in in this currency."),
    "REFUND_RESOLVED": mark("Somebody has sent or declined this refund already."),
    "NOTHING_TO_EXPORT": mark("No payment waits for a file."),
    "OUTCOME_FILE_INVALID": mark("The list cannot be read: look at its header and its rows."),
    "PAYEE_NOT_FOUND": mark("Your organisation is not known to payments yet. Try again shortly."),
    "DECISION_FINAL": mark("This answer was decided already."),
    "LABEL_CONFIG_INVALID": mark("The label config has an error."),
    "API_KEY_REVOKED": mark("This key does not work any more."),
    "CONTRACTOR_NOT_FOUND": mark(
        "You are not known here as a contractor yet. If you have just been enrolled, try again"
        " shortly."
    ),
    "CONTRACTOR_NOT_ACTIVE": mark(
        "You get no new work at the moment. What you have earned stays yours; ask whoever engaged"
        " you."
    ),
    "PROJECT_NOT_FOUND": mark("This project is not there, or not for you."),
    "CLAIMS_EXHAUSTED": mark("You hold as many tasks as one may. Send or skip some first."),
    "LEASE_LOST": mark("This task went back to the others before the answer came."),
    "ASSIGNMENT_NOT_FOUND": mark("This task is not yours any more."),
    "ALREADY_SUBMITTED": mark("This task has your answer already; a second one is not taken."),
    "VALUE_INVALID": mark("This answer is none that the task allows."),
    "RESULT_INVALID": mark("The answer does not fit the task."),
    "BILLING_INVALID": mark("That is not the code of a country."),
    "BILLING_CHANGED": mark(
        "Somebody of yours has stated other details meanwhile. Save yours again if they are right."
    ),
    "TAX_IDENTITY_INVALID": mark("The tax form does not fit together."),
    "PAID_BY_VENDOR": mark("Your vendor pays you; you need no payout account here."),
    "PAYOUT_ACCOUNT_NOT_FOUND": mark("There is no payout account yet."),
    "PAYOUT_ACCOUNT_REFUSED": mark("The payment provider did not open the account."),
    "SECOND_PERSON_NEEDED": mark(
        "Two persons are needed: another operator has to confirm what you proposed."
    ),
    "ADJUSTMENT_RESOLVED": mark("The proposal was confirmed or declined, or its time is over."),
    "ENTRY_NOT_FOUND": mark("There is no such entry in the journal."),
    "ENTRY_REVERSED": mark("The entry was reversed already."),
    "ENTRY_NOT_REVERSIBLE": mark(
        "Entries of this kind are not reversed by hand; adjust what follows from it."
    ),
    "PERIOD_SEALED": mark("The pay period is closed: nothing counts into it any more."),
    "STATEMENT_NOT_FOUND": mark("This statement is not there, or not for you."),
    "OVERLOADED": mark("Crewline is very busy. Try again shortly."),
}

_KINDS: Mapping[Kind, str] = {
    Kind.UNAVAILABLE: mark("A part of Crewline does not answer. Try again shortly."),
    Kind.EXHAUSTED: mark("That is more than is taken at once. Try again shortly."),
    Kind.CONFLICT: mark("Somebody else changed the same thing. Try again."),
    Kind.FORBIDDEN: mark("You may not do this."),
    Kind.NOT_FOUND: mark("That is not there."),
}

# Of these the code is said that is at fault: it may be one of several.
_OF_REGIONS = frozenset({"REGION_INVALID", "ELIGIBILITY_INVALID"})

# Rules of tables' rows, by the reason that says the same.
_TABLE_RULES: Mapping[str, str] = {"iso3166_2": "REGION_INVALID"}

# By protovalidate's rule ids; the rest say it in English themselves.
_RULES: Mapping[str, str] = {
    "required": mark("Fill this in."),
    "string.min_len": mark("Fill this in."),
    "string.max_len": mark("This is too long."),
    "string.max_bytes": mark("This is too long."),
    "string.email": mark("Write a full e-mail address."),
    "string.email_empty": mark("Write a full e-mail address."),
    "string.pattern": mark("This is not in the right form."),
    "string.uri": mark("Write a full web address."),
    "repeated.max_items": mark("These are too many."),
    "repeated.unique": mark("The same is there twice."),
    "repeated.min_items": mark("Choose at least one."),
}


def sentence(err: DomainError, language: Language) -> str:
    """What a person reads of an error."""
    known = _SENTENCES.get(err.reason) or _KINDS.get(err.kind)
    if known is None:
        return err.message
    said = _of_regions(err.reason, language.translate(known), err.metadata, language)
    # The service's own words are finer where it has looked at what the caller sent.
    detailed = err.reason in ("LABEL_CONFIG_INVALID", "PASSWORD_WEAK", "ENTRY_NOT_REVERSIBLE")
    return f"{said} ({err.message})" if detailed and language.code == "en" else said


def reason_sentence(reason: str, message: str, language: Language) -> str:
    """What a person reads of one item's error: its reason, and where the answer is at fault."""
    known = _SENTENCES.get(reason)
    if known is None:
        return message
    said = language.translate(known)
    return f"{said} ({message})" if reason in ("RESULT_INVALID", "VALUE_INVALID") else said


def file_sentence(
    reason: str, message: str, metadata: Mapping[str, str], language: Language
) -> str:
    """What a person reads of one row of their file: its reason, and what may have been meant."""
    known = _SENTENCES.get(reason)
    if known is None:
        return message
    return _of_regions(reason, language.translate(known), metadata, language)


def table_sentence(rule: str, message: str, nearest: str, language: Language) -> str:
    """What an operator reads of one row of a table; rules without words say it in English."""
    reason = _TABLE_RULES.get(rule, "")
    return file_sentence(reason, message, {"nearest": nearest}, language)


def _of_regions(reason: str, said: str, metadata: Mapping[str, str], language: Language) -> str:
    """Which region is at fault, and what may have been meant, with what is said of it."""
    if reason not in _OF_REGIONS:
        return said
    if region := metadata.get("region"):
        said = f"{region}: {said}"
    if codes := metadata.get("nearest"):
        meant = language.translate("Did you mean %(codes)s?", codes=codes)
        said = f"{said} {meant}"
    return said


def rule_sentence(violation: FieldViolation, language: Language) -> str:
    """What a person reads beside the field; empty where only the error as a whole says it."""
    known = _RULES.get(violation.rule)
    if known is not None:
        return language.translate(known)
    # A refusal of a use case has its reason for a rule.
    return "" if violation.rule in _SENTENCES else violation.description
