"""`crewline vendors`: from application to approval, and what they take."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, cast

import typer

from ..client import Crewline
from ..kinds import KINDS
from ..messages import Estimate, Rate, RateCard, Vendor, VendorState, WorkKind
from .console import print_facts, print_json, print_list, print_table, say, short, when
from .failures import InputInvalid
from .session import LIMIT, AsJson, Limit, client_of, taken

app = typer.Typer(no_args_is_help=True, help="Vendors: from application to approval.")

VendorId = Annotated[str, typer.Argument(metavar="VENDOR", help="The vendor's id.")]
Why = Annotated[str, typer.Option("--reason", help="Why; the vendor reads it.")]
_STATES = ("applied", "approved", "rejected", "suspended")
_RATE = re.compile(r"(?P<kind>[a-z]+)=(?P<percent>\d{1,3}(\.\d{1,2})?)%?")


@app.command("list")
def list_vendors(
    context: typer.Context,
    *,
    state: Annotated[str, typer.Option(metavar="|".join(_STATES), help="Only these.")] = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Lists all vendors. For operators."""
    if state and state not in _STATES:
        raise InputInvalid([f"--state: {state!r} is none of {', '.join(_STATES)}"])
    wanted = cast("VendorState", f"VENDOR_STATE_{state.upper()}") if state else None
    with client_of(context) as client:
        found = taken(client.vendors.list(state=wanted), limit=limit)
    print_list(
        found,
        [
            ("vendor", lambda one: one["vendor_id"]),
            ("name", lambda one: one["legal_name"]),
            ("country", lambda one: one["country"]),
            ("state", lambda one: short(one["state"])),
            ("applied", lambda one: when(one.get("create_time"))),
        ],
        empty="no vendors",
        as_json=as_json,
    )


@app.command()
def show(
    context: typer.Context,
    vendor_id: Annotated[
        str, typer.Argument(metavar="[VENDOR]", help="Left out: your own organisation.")
    ] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Shows a vendor, its state and history."""
    with client_of(context) as client:
        vendor = client.vendors.get(vendor_id or _own_id(client))
    if as_json:
        print_json(vendor)
        return
    print_facts(
        {
            "vendor": vendor["vendor_id"],
            "name": vendor["legal_name"],
            "country": vendor["country"],
            "contact": vendor["contact_email"],
            "state": short(vendor["state"]),
            "history": "\n".join(
                f"{when(change.get('change_time'))}  {short(change['to_state'])}  "
                f"{change['reason']}"
                for change in vendor["history"]
            ),
        }
    )


@app.command("apply")
def apply_as_vendor(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Option(help="The firm's legal name.")],
    country: Annotated[str, typer.Option(help="ISO 3166, as KE.")],
    email: Annotated[str, typer.Option(help="Whom the platform writes to.")],
    as_json: AsJson = False,
) -> None:
    """Asks to become a vendor; an operator decides."""
    with client_of(context) as client:
        vendor = client.vendors.apply(legal_name=name, country=country.upper(), contact_email=email)
    _tell(vendor, as_json=as_json)


def _decision(
    name: str, summary: str, ask: Callable[[Crewline, str, str], Vendor], default: str
) -> None:
    def decide(
        context: typer.Context,
        vendor_id: VendorId,
        *,
        reason: Why = default,
        as_json: AsJson = False,
    ) -> None:
        with client_of(context) as client:
            _tell(ask(client, vendor_id, reason), as_json=as_json)

    decide.__doc__ = summary
    app.command(name)(decide)


_decision(
    "approve",
    "Lets a vendor in: APPLIED becomes APPROVED. For operators.",
    lambda client, vendor, reason: client.vendors.approve(vendor, reason=reason),
    "approved by an operator",
)
_decision(
    "reject",
    "Turns an application down: APPLIED becomes REJECTED. For operators.",
    lambda client, vendor, reason: client.vendors.reject(vendor, reason=reason),
    "rejected by an operator",
)
_decision(
    "suspend",
    "Gives a vendor no new work; what was earned stays payable. For operators.",
    lambda client, vendor, reason: client.vendors.suspend(vendor, reason=reason),
    "suspended by an operator",
)
_decision(
    "reinstate",
    "Gives a suspended vendor work again. For operators.",
    lambda client, vendor, reason: client.vendors.reinstate(vendor, reason=reason),
    "reinstated by an operator",
)


@app.command("rate-card")
def rate_card(
    context: typer.Context,
    rates: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KIND=PERCENT...]", help="As choice=10% text=12.5%."),
    ] = None,
    *,
    vendor: Annotated[str, typer.Option(help="Whose; left out, your own organisation's.")] = "",
    as_json: AsJson = False,
) -> None:
    """Shows what a vendor takes on top of its contractors' pay; with rates, replaces your own."""
    with client_of(context) as client:
        if rates:
            card = client.rate_card.set([_rate(text) for text in rates])
        else:
            card = client.rate_card.get(vendor or _own_id(client))
    if as_json:
        print_json(card)
        return
    _print_card(card)


@app.command()
def scorecard(
    context: typer.Context,
    vendor_id: Annotated[
        str, typer.Argument(metavar="[VENDOR]", help="Left out: your own organisation.")
    ] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Shows how a vendor's contractors do, one row a kind of work, with 95 % intervals."""
    with client_of(context) as client:
        found = client.vendors.scorecard(vendor_id or _own_id(client))
    print_list(
        found,
        [
            ("kind", lambda one: short(one["kind"])),
            ("contractors", lambda one: f"{one['contractors']:,}"),
            ("answers", lambda one: f"{one['answers']:,}"),
            ("control tasks right", lambda one: _estimate(one.get("gold_accuracy"))),
            ("right by consensus", lambda one: _estimate(one.get("consensus_accuracy"))),
            ("accepted", lambda one: _estimate(one.get("acceptance"))),
            ("appeals upheld", lambda one: _estimate(one.get("appeals_upheld"))),
        ],
        empty="nothing answered yet",
        as_json=as_json,
    )


def _estimate(found: Estimate | None) -> str:
    if found is None:
        return ""
    return f"{found['value']:.1%} ({found['low']:.1%} to {found['high']:.1%})"


def _print_card(card: RateCard) -> None:
    say(f"version {card['version']}, since {when(card.get('effective_time'))}")
    print_table(
        card["rates"],
        [
            ("kind", lambda rate: short(rate["kind"])),
            ("commission", lambda rate: f"{rate.get('commission_bps', 0) / 100:.2f} %"),
        ],
        empty="no rates",
    )


def _rate(text: str) -> Rate:
    found = _RATE.fullmatch(text)
    if found is None or found["kind"] not in KINDS:
        raise InputInvalid([f"{text!r} is no rate: write choice=10%; kinds are {', '.join(KINDS)}"])
    kind = cast("WorkKind", f"WORK_KIND_{found['kind'].upper()}")
    return Rate(kind=kind, commission_bps=round(float(found["percent"]) * 100))


def _own_id(client: Crewline) -> str:
    return client.me.get()["organisation"]["organisation_id"]


def _tell(vendor: Vendor, *, as_json: bool) -> None:
    if as_json:
        print_json(vendor)
    else:
        say(f"vendor {vendor['vendor_id']} is {short(vendor['state'])}")
