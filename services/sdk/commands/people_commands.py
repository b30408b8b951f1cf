"""`crewline contractors` and `crewline keys`: who works, and what they sign in with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

import typer

from ..errors import NotFound
from ..messages import Contractor
from ..uploads import TableFormat
from .console import print_facts, print_json, print_list, progress_bar, say, short, when
from .failures import EXIT_REFUSED, told
from .session import LIMIT, AsJson, Limit, client_of, taken
from .task_commands import ErrorsPath, RowsFormat, RowsPath, bar_of, tell_upload

contractors = typer.Typer(no_args_is_help=True, help="The people who do the work.")
keys = typer.Typer(no_args_is_help=True, help="API keys.")

ContractorId = Annotated[str, typer.Argument(metavar="CONTRACTOR", help="The contractor's id.")]
Why = Annotated[str, typer.Option("--reason", help="Why; it is kept in the history.")]
KeyId = Annotated[str, typer.Argument(metavar="KEY", help="The key's id, not its secret.")]


@contractors.command("import")
def import_contractors(
    context: typer.Context,
    file: RowsPath,
    *,
    format: RowsFormat = "",  # noqa: A002 (the option's name)
    errors: ErrorsPath = None,
    as_json: AsJson = False,
) -> None:
    """Enrols the contractors of a file.

    The columns are external_id, name, email, country, region (ISO 3166-2, as US-CA; may be left
    out), languages and skills; languages and skills are parted by ; inside. Bad rows are told with
    line and field and cost the others nothing; then the exit code is 1. The same file again changes
    nothing.
    """
    with client_of(context) as client, progress_bar(quiet=as_json) as bar:
        summary = client.contractors.upload(
            file,
            format=cast("TableFormat | None", format or None),
            on_progress=bar_of(bar, f"enrolling {file.name}"),
        )
    counts = {"enrolled": summary["created"], "there already": summary["duplicates"]}
    tell_upload(file, counts, cast("Mapping[str, Any]", summary), errors=errors, as_json=as_json)


@contractors.command("list")
def list_contractors(
    context: typer.Context, *, limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Lists the organisation's contractors."""
    with client_of(context) as client:
        found = taken(client.contractors.list(), limit=limit)
    print_list(
        found,
        [
            ("contractor", lambda one: one["contractor_id"]),
            ("external id", lambda one: one["external_id"]),
            ("name", lambda one: one["name"]),
            ("country", lambda one: one["country"]),
            ("region", lambda one: one["region"]),
            ("languages", lambda one: ", ".join(one["languages"])),
            ("state", lambda one: short(one["state"])),
        ],
        empty="no contractors; crewline contractors import enrols them",
        as_json=as_json,
    )


@contractors.command("show")
def show_contractor(
    context: typer.Context, contractor_id: ContractorId, *, as_json: AsJson = False
) -> None:
    """Shows a contractor, and how good the answers are."""
    with client_of(context) as client:
        found = client.contractors.get(contractor_id)
        try:
            quality = client.contractors.quality(contractor_id)
        except NotFound:
            # Who has not worked yet is known by nobody who judges work.
            quality = []
    if as_json:
        print_json({"contractor": found, "quality": quality})
        return
    print_facts(
        {
            "contractor": found["contractor_id"],
            "external id": found["external_id"],
            "name": found["name"],
            "e-mail": found["email"],
            "country": found["country"],
            "region": found["region"],
            "languages": ", ".join(found["languages"]),
            "skills": ", ".join(found["skills"]),
            "engagement": short(found["engagement"]),
            "state": short(found["state"]),
            "erased": when(found.get("erasure", {}).get("erase_time")),
            "quality": "\n".join(
                f"{one['project_id']}: {one['accuracy']:.3f} "
                f"({one['accuracy_low']:.3f} to {one['accuracy_high']:.3f}) of {one['answers']:,}"
                for one in quality
            ),
        }
    )


@contractors.command()
def invite(
    context: typer.Context,
    contractor_ids: Annotated[list[str], typer.Argument(metavar="CONTRACTOR...")],
    *,
    as_json: AsJson = False,
) -> None:
    """Asks contractors in: whoever shows the secret chooses a password and can sign in.

    The secrets are shown once; an earlier invitation of the same person stops working.
    """
    with client_of(context) as client:
        made = client.invitations.create([{"person_id": one} for one in contractor_ids])
        base_url = client.base_url
    if as_json:
        print_json(made)
    refused = 0
    for contractor_id, one in zip(contractor_ids, made, strict=True):
        error = one.get("error")
        if error is not None:
            refused += 1
            say(f"{contractor_id}: {told(error)}")
        elif not as_json:
            print(f"{contractor_id}\t{base_url}/invitations/accept#{one['secret']}")
    if refused:
        raise typer.Exit(EXIT_REFUSED)


@contractors.command()
def suspend(
    context: typer.Context, contractor_id: ContractorId, *, reason: Why, as_json: AsJson = False
) -> None:
    """Gives a contractor no new work; what was earned stays payable."""
    with client_of(context) as client:
        _tell(client.contractors.suspend(contractor_id, reason=reason), as_json=as_json)


@contractors.command()
def reinstate(
    context: typer.Context, contractor_id: ContractorId, *, reason: Why, as_json: AsJson = False
) -> None:
    """Gives a suspended contractor work again."""
    with client_of(context) as client:
        _tell(client.contractors.reinstate(contractor_id, reason=reason), as_json=as_json)


@contractors.command()
def offboard(
    context: typer.Context, contractor_id: ContractorId, *, reason: Why, as_json: AsJson = False
) -> None:
    """Ends an engagement for good; what was earned stays payable."""
    with client_of(context) as client:
        _tell(client.contractors.offboard(contractor_id, reason=reason), as_json=as_json)


@contractors.command("set-region")
def set_region(
    context: typer.Context,
    contractor_id: ContractorId,
    region: Annotated[
        str, typer.Argument(metavar="REGION", help='ISO 3166-2, such as US-CA; "" if not known.')
    ],
    *,
    reason: Why,
    as_json: AsJson = False,
) -> None:
    """Says where in the country somebody lives: the floor of that region holds for their pay."""
    with client_of(context) as client:
        found = client.contractors.set_region(contractor_id, region=region.upper(), reason=reason)
    if as_json:
        print_json(found)
    else:
        say(f"contractor {found['contractor_id']} lives in {found['region'] or found['country']}")


@contractors.command("quality")
def show_quality(
    context: typer.Context,
    contractor_id: ContractorId,
    *,
    project: Annotated[str, typer.Option(help="Only in this project.")] = "",
    as_json: AsJson = False,
) -> None:
    """Shows how good a contractor's answers are, by project, and what limits them there."""
    with client_of(context) as client:
        found = client.contractors.quality(contractor_id, project_id=project or None)
    print_list(
        found,
        [
            ("project", lambda one: one["project_id"]),
            ("answers", lambda one: f"{one['answers']:,}"),
            ("control tasks", lambda one: f"{one['gold_right']:,} of {one['gold_answers']:,}"),
            (
                "accuracy",
                lambda one: (
                    f"{one['accuracy']:.1%} "
                    f"({one['accuracy_low']:.1%} to {one['accuracy_high']:.1%})"
                ),
            ),
            ("paused until", lambda one: when(one.get("paused_until"))),
            ("why", lambda one: one["limit_explanation"]),
        ],
        empty="nothing answered yet",
        as_json=as_json,
    )


@contractors.command()
def limit(
    context: typer.Context,
    contractor_id: ContractorId,
    *,
    project: Annotated[str, typer.Option(help="In this project.")],
    explain: Annotated[str, typer.Option("--explain", help="Words that the contractor reads.")],
    pause_hours: Annotated[int, typer.Option(min=0, max=720, help="No new tasks.")] = 0,
    review_hours: Annotated[
        int, typer.Option(min=0, max=720, help="A person looks at their answers.")
    ] = 0,
    restrict_hours: Annotated[int, typer.Option(min=0, max=720, help="One task at a time.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Limits a contractor in a project for a while; without any hours, lifts it. For operators."""
    with client_of(context) as client:
        limited = client.contractors.limit(
            project,
            contractor_id,
            explanation=explain,
            pause_hours=pause_hours,
            review_hours=review_hours,
            restrict_hours=restrict_hours,
        )
    if as_json:
        print_json(limited)
        return
    ends = {
        "no new tasks until": limited.get("paused_until"),
        "answers looked at until": limited.get("review_until"),
        "one task at a time until": limited.get("restricted_until"),
    }
    told_ends = [f"{name} {when(end)}" for name, end in ends.items() if end]
    say("; ".join(told_ends) or "nothing limits them now")


def _tell(contractor: Contractor, *, as_json: bool) -> None:
    if as_json:
        print_json(contractor)
    else:
        say(f"contractor {contractor['contractor_id']} is {short(contractor['state'])}")


@keys.command("list")
def list_keys(context: typer.Context, *, limit: Limit = LIMIT, as_json: AsJson = False) -> None:
    """Lists the organisation's keys; secrets are not among what is known of them."""
    with client_of(context) as client:
        found = taken(client.api_keys.list(), limit=limit)
    print_list(
        found,
        [
            ("key", lambda one: one["api_key_id"]),
            ("label", lambda one: one["label"]),
            ("person", lambda one: one["person_id"]),
            ("roles", lambda one: ", ".join(short(role) for role in one["roles"])),
            ("made", lambda one: when(one.get("create_time"))),
            ("ends", lambda one: when(one.get("revoke_time") or one.get("expire_time"))),
        ],
        empty="no keys",
        as_json=as_json,
    )


@keys.command("create")
def create_key(
    context: typer.Context,
    *,
    person: Annotated[
        str, typer.Option(help="Whose, a contractor's id too; left out, your own.")
    ] = "",
    label: Annotated[str, typer.Option(help="What the list calls it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Makes a key; its secret is printed, this once."""
    with client_of(context) as client:
        whose = person or client.me.get()["person"]["person_id"]
        [made] = client.api_keys.create([{"person_id": whose, "label": label}])
    error = made.get("error")
    if error is not None:
        say(told(error))
        raise typer.Exit(EXIT_REFUSED)
    _show_secret(cast("Mapping[str, Any]", made), as_json=as_json)


@keys.command("rotate")
def rotate_key(
    context: typer.Context,
    key_id: KeyId,
    *,
    overlap_seconds: Annotated[
        int, typer.Option(min=0, max=604_800, help="How long the old secret goes on working.")
    ] = 3600,
    as_json: AsJson = False,
) -> None:
    """Gives a key a new secret, which is printed, this once."""
    with client_of(context) as client:
        made = client.api_keys.rotate(key_id, overlap_seconds=overlap_seconds)
    _show_secret(cast("Mapping[str, Any]", made), as_json=as_json)


@keys.command("revoke")
def revoke_key(context: typer.Context, key_id: KeyId, *, as_json: AsJson = False) -> None:
    """Ends a key."""
    with client_of(context) as client:
        revoked = client.api_keys.revoke(key_id)
    if as_json:
        print_json(revoked)
    else:
        say(f"key {key_id} is revoked")


def _show_secret(made: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    if not made["secret"]:
        say("the key is there, but its secret was lost on the way; rotate it to get another")
        raise typer.Exit(EXIT_REFUSED)
    say(f"key {made['api_key']['api_key_id']}; its secret is not shown again:")
    print(made["secret"])
