"""What to do about a refusal, by its reason."""

from __future__ import annotations

_STEPS = {
    "NOT_SIGNED_IN": "Sign in with `crewline login`, or set CREWLINE_API_KEY.",
    "ADDRESS_MISSING": "Sign in with `crewline login`, or set CREWLINE_BASE_URL.",
    "API_KEY_INVALID": "Sign in anew with `crewline login`; a revoked key works no more.",
    "TOKEN_INVALID": "Sign in anew with `crewline login`; a revoked key works no more.",
    "ROLE_NOT_ADMITTED": "Use a key of another kind of organisation: `crewline whoami` says whose "
    "this one is.",
    "INSUFFICIENT_FUNDS": "`crewline funds` says what a client has, and `crewline payments "
    "checkout` adds to it; `crewline benefits show` says what a contractor has in benefits.",
    "SECOND_PERSON_NEEDED": "Another operator confirms it; where one runs the platform alone, "
    "CREWLINE_TWO_PERSONS=false lets them.",
    "ADJUSTMENT_NOT_FOUND": "`crewline adjustments list` has the proposals.",
    "ENTRY_NOT_REVERSIBLE": "`crewline adjustments propose` posts what is right instead.",
    "CLIENT_MISSING": "Name one with --client.",
    "VENDOR_MISSING": "Name one with --vendor.",
    "PAY_BELOW_FLOOR": "`crewline floors project` says the least pay, by country.",
    "TAX_IDENTITY_NOT_FOUND": "Give it with `crewline tax-identity certify`.",
    "FUNDS_SHORT": "Fund the project with more (`crewline projects fund`), then import the same "
    "file again: what is there already is not posted twice.",
    "PROJECT_STATE_WRONG": "`crewline projects show` says the state. A DRAFT project is funded, a "
    "FUNDED one activated, a LIVE one paused, completed or cancelled.",
    "TASKS_UNRESOLVED": "Wait until every task has its result (`crewline watch`), or cancel the "
    "project.",
    "PROJECT_NOT_FOUND": "`crewline projects list` has the projects of this key's organisation.",
    "CONTRACTOR_NOT_FOUND": "`crewline contractors list` has those of this key's organisation.",
    "ERASURE_NOT_ASKED": "`crewline contractors erase` asks for it, once the person is offboarded.",
    "VENDOR_NOT_APPROVED": "An operator approves the vendor first: `crewline vendors approve`.",
    "VENDOR_EXISTS": "This organisation has applied already: `crewline vendors show` says its "
    "state.",
    "VENDOR_NOT_FOUND": "`crewline vendors list` has the vendors, for operators.",
    "PAYOUT_ACCOUNT_NOT_FOUND": "Make the account first: `crewline payout-account create`.",
    "PAY_PERIOD_NOT_FOUND": "`crewline pay-periods list` has the pay periods.",
    "STATEMENT_NOT_FOUND": "`crewline statements list` has the statements.",
    "LABEL_CONFIG_INVALID": "`crewline validate` checks a project file without creating anything.",
    "EMAIL_TAKEN": "Sign in with the key that was made for this address, or use another address.",
    "PERSON_NOT_FOUND": "Who was enrolled a moment ago may not be known yet: try again. "
    "`crewline contractors list` has the ids.",
    "TASK_CHANGED": "A posted task does not change: give the new data an external_id of its own.",
    "LEASE_LOST": "The lease ran out or the task was given back: claim again.",
    "PROFILE_NOT_FOUND": "`crewline profiles` lists them, `crewline login --profile` makes one.",
    "ANSWER_MALFORMED": "Check the address: it should be that of Crewline's gateway.",
    "UNREACHABLE": "Check the address and that the platform is up: `crewline whoami` tries it.",
    "PAGE_TOKEN_INVALID": "Start over without a page token.",
}


def next_step(reason: str, *, retry_after_seconds: float | None = None) -> str:
    """One sentence for a person, or nothing where nothing is sure to help."""
    if retry_after_seconds is not None:
        return f"Try again in {retry_after_seconds:g} s."
    return _STEPS.get(reason, "")


def known_reasons() -> frozenset[str]:
    """Those that there is a next step for."""
    return frozenset(_STEPS)
