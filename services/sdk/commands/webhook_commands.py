"""Webhooks: where the organisation hears of what happens, and what became of every notice."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from ..messages import WebhookDeliveryState
from .console import print_json, print_list, say, short, when
from .failures import InputInvalid
from .session import LIMIT, AsJson, Limit, client_of, taken

webhooks = typer.Typer(no_args_is_help=True, help="Being told at an address of your own.")

EndpointId = Annotated[str, typer.Argument(metavar="ENDPOINT")]
_STATES = ("pending", "delivered", "dead")


@webhooks.command("create")
def create_endpoint(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="https, and out in the world.")],
    *,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="As in funds.low; again for more. Left out, everything."),
    ] = None,
    description: Annotated[str, typer.Option(help="Your own words.")] = "",
    as_json: AsJson = False,
) -> None:
    """Registers an address. The secret that signs what comes is shown once."""
    with client_of(context) as client:
        made = client.webhook_endpoints.create(
            url, types=types or None, description=description or None
        )
    if as_json:
        print_json(made)
        return
    say(f"endpoint {made['webhook_endpoint']['webhook_endpoint_id']}; its secret, shown this once:")
    print(made["secret"])


@webhooks.command("list")
def list_endpoints(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Lists the organisation's addresses."""
    with client_of(context) as client:
        found = client.webhook_endpoints.list()
    print_list(
        found,
        [
            ("endpoint", lambda one: one["webhook_endpoint_id"]),
            ("url", lambda one: one["url"]),
            ("types", lambda one: ", ".join(one["types"]) or "all"),
            ("description", lambda one: one["description"]),
        ],
        empty="no webhooks; crewline webhooks create registers an address",
        as_json=as_json,
    )


@webhooks.command("delete")
def delete_endpoint(
    context: typer.Context, endpoint_id: EndpointId, *, as_json: AsJson = False
) -> None:
    """Ends an address: what is pending there is not sent any more."""
    with client_of(context) as client:
        client.webhook_endpoints.delete(endpoint_id)
    if as_json:
        print_json({"webhook_endpoint_id": endpoint_id})
    else:
        say(f"{endpoint_id} is told nothing any more")


@webhooks.command("rotate")
def rotate_secret(
    context: typer.Context, endpoint_id: EndpointId, *, as_json: AsJson = False
) -> None:
    """Changes the secret; for a day both sign."""
    with client_of(context) as client:
        made = client.webhook_endpoints.rotate_secret(endpoint_id)
    if as_json:
        print_json(made)
        return
    say("the new secret, shown this once; for a day the old one signs as well:")
    print(made["secret"])


@webhooks.command("deliveries")
def list_deliveries(
    context: typer.Context,
    *,
    endpoint_id: Annotated[str, typer.Option("--endpoint", help="Only of this one.")] = "",
    state: Annotated[str, typer.Option(metavar="|".join(_STATES), help="Only those.")] = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Lists what was sent, or is to be, the newest first."""
    if state and state not in _STATES:
        raise InputInvalid([f"--state: {state!r} is none of {', '.join(_STATES)}"])
    wanted = f"WEBHOOK_DELIVERY_STATE_{state.upper()}" if state else None
    with client_of(context) as client:
        found = taken(
            client.webhook_deliveries.list(
                webhook_endpoint_id=endpoint_id or None,
                state=cast("WebhookDeliveryState | None", wanted),
            ),
            limit=limit,
        )
    print_list(
        found,
        [
            ("delivery", lambda one: one["webhook_delivery_id"]),
            ("type", lambda one: one["type"]),
            ("made", lambda one: when(one.get("create_time"))),
            ("state", lambda one: short(one["state"])),
            ("tries", lambda one: str(one["tries"])),
            ("answer", lambda one: str(one["status"]) if one["status"] else one["error"]),
        ],
        empty="nothing was to be told in the last 30 days",
        as_json=as_json,
    )


@webhooks.command("redeliver")
def redeliver(
    context: typer.Context,
    delivery_id: Annotated[str, typer.Argument(metavar="DELIVERY")],
    *,
    as_json: AsJson = False,
) -> None:
    """Sends one again, whatever became of it."""
    with client_of(context) as client:
        found = client.webhook_deliveries.redeliver(delivery_id)
    if as_json:
        print_json(found)
    else:
        say(f"{delivery_id} is on its way again")


def add_to(app: typer.Typer) -> None:
    """Adds the group."""
    app.add_typer(webhooks, name="webhooks")
