"""Who one is: login, logout, profiles, whoami, register."""

from __future__ import annotations

import os
import sys
from typing import Annotated, cast

import typer

from ..client import Crewline
from ..errors import CrewlineError, NotSignedIn
from ..messages import GetCallerResponse, OrganisationKind
from ..profiles import DEFAULT, Profile, ProfileFile, config_folder
from .console import print_facts, print_json, print_table, say, short
from .failures import InputInvalid
from .session import AsJson, Session, client_of

Name = Annotated[str, typer.Option("--profile", metavar="NAME", help="What to call it.")]
Address = Annotated[
    str,
    typer.Option(
        "--base-url",
        metavar="URL",
        envvar="CREWLINE_BASE_URL",
        help="Of the platform's gateway, such as https://crewline.example.",
    ),
]


def login(
    context: typer.Context,
    *,
    profile: Name = "",
    base_url: Address = "",
    api_key_stdin: Annotated[
        bool, typer.Option("--api-key-stdin", help="Read the API key from stdin, do not ask.")
    ] = False,
) -> None:
    """Checks an API key and keeps it, with the platform's address, in a profile.

    The profile is the current one from then on. It is kept in the platform's folder for
    configuration, readable by you alone; **CREWLINE_CONFIG_DIR** names another folder.
    """
    name = profile or (context.find_object(Session) or Session()).profile or DEFAULT
    address = base_url or _ask("Address of the platform (https://...)")
    key = _read_key(from_stdin=api_key_stdin)
    with Crewline(key, base_url=address) as client:
        caller = client.me.get()
    path = _keep(name, address=address, key=key, caller=caller)
    say(f"signed in as {_person(caller)} ({path}, profile {name})")


def register(
    context: typer.Context,
    *,
    kind: Annotated[str, typer.Option(metavar="client|vendor", help="What the organisation is.")],
    name: Annotated[str, typer.Option(help="Of the organisation.")],
    person: Annotated[str, typer.Option(help="Your own name.")],
    email: Annotated[str, typer.Option(help="Your own address.")],
    profile: Name = "",
    base_url: Address = "",
    password_stdin: Annotated[
        bool,
        typer.Option(
            "--password-stdin",
            help="Read a password from stdin, to sign in to the console with it.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Signs an organisation up: a client who posts work, or a vendor who does it.

    You get an API key, which is kept in a profile as by `crewline login`.
    """
    kinds = {"client": "ORGANISATION_KIND_CLIENT", "vendor": "ORGANISATION_KIND_VENDOR"}
    if kind not in kinds:
        raise InputInvalid([f"--kind: {kind!r} is neither client nor vendor"])
    profile = profile or (context.find_object(Session) or Session()).profile or DEFAULT
    address = base_url or _ask("Address of the platform (https://...)")
    # Not the key of any profile: whoever registers has none yet, and none is sent.
    with Crewline("none", base_url=address) as client:
        made = client.organisations.register(
            kind=cast("OrganisationKind", kinds[kind]),
            name=name,
            person_name=person,
            email=email,
            password=sys.stdin.readline().rstrip("\r\n") if password_stdin else None,
        )
    if not made["secret"]:
        raise CrewlineError(
            "the organisation is there, but its key was lost on the way and is not shown again",
            reason="KEY_LOST",
        )
    caller = GetCallerResponse(person=made["person"], organisation=made["organisation"])
    path = _keep(profile, address=address, key=made["secret"], caller=caller)
    if as_json:
        print_json(
            {
                "organisation_id": made["organisation"]["organisation_id"],
                "person_id": made["person"]["person_id"],
                "api_key": made["secret"],
                "profile": profile,
            }
        )
        return
    say(f"{name} is registered; its key is in {path}, profile {profile}")
    if kind == "vendor":
        say("next: crewline vendors apply, and wait until an operator approves it")
    else:
        say("next: crewline init, then crewline create project.yaml")


def logout(
    context: typer.Context,
    *,
    profile: Annotated[
        str, typer.Option("--profile", metavar="NAME", help="Left out: the current one.")
    ] = "",
) -> None:
    """Forgets a profile. Its key goes on working: `crewline keys revoke` ends that."""
    file = ProfileFile(config_folder(os.environ))
    profiles = file.read()
    name = profile or (context.find_object(Session) or Session()).profile or profiles.current
    file.write(profiles.without(name))
    say(f"forgot profile {name}")


def profiles(
    *,
    use: Annotated[
        str, typer.Option("--use", metavar="NAME", help="Make this one the current one.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Lists the profiles; the current one is taken where none is named."""
    file = ProfileFile(config_folder(os.environ))
    known = file.read()
    if use:
        known = known.with_profile(use, known.get(use))
        file.write(known)
    rows = [
        {
            "name": name,
            "current": name == known.current,
            "base_url": one.base_url,
            "person": one.person,
            "organisation": one.organisation,
        }
        for name, one in sorted(known.by_name.items())
    ]
    if as_json:
        print_json(rows)
        return
    print_table(
        rows,
        [
            ("", lambda row: "*" if row["current"] else ""),
            ("profile", lambda row: row["name"]),
            ("address", lambda row: row["base_url"]),
            ("person", lambda row: row["person"]),
            ("organisation", lambda row: row["organisation"]),
        ],
        empty="no profile; crewline login makes one",
    )


def whoami(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Says whose key this is, and where."""
    with client_of(context) as client:
        caller = client.me.get()
        if as_json:
            print_json({**caller, "base_url": client.base_url})
            return
        person, organisation = caller["person"], caller["organisation"]
        print_facts(
            {
                "person": f"{person['name']} ({person['person_id']})",
                "e-mail": person["email"],
                "roles": ", ".join(short(role) for role in person["roles"]),
                "organisation": f"{organisation['name']} ({organisation['organisation_id']})",
                "address": client.base_url,
            }
        )


def _keep(name: str, *, address: str, key: str, caller: GetCallerResponse) -> str:
    file = ProfileFile(config_folder(os.environ))
    profile = Profile(
        base_url=address,
        api_key=key,
        person=caller["person"]["name"],
        organisation=caller["organisation"]["name"],
    )
    file.write(file.read().with_profile(name, profile))
    return str(file.path)


def _person(caller: GetCallerResponse) -> str:
    roles = ", ".join(short(role) for role in caller["person"]["roles"])
    who = caller["person"]["name"] or caller["person"]["person_id"]
    return f"{who} of {caller['organisation']['name']} ({roles})"


def _read_key(*, from_stdin: bool) -> str:
    key = sys.stdin.readline().strip() if from_stdin else _ask("API key", is_secret=True)
    if not key:
        raise NotSignedIn("no API key was given", reason="NOT_SIGNED_IN")
    return key


def _ask(what: str, *, is_secret: bool = False) -> str:
    if not sys.stdin.isatty():
        option = "--api-key-stdin" if is_secret else "--base-url"
        raise InputInvalid([f"there is nobody to ask for it; give {option}"])
    return str(typer.prompt(what, hide_input=is_secret, err=True)).strip()


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    for command in (login, register, logout, profiles, whoami):
        app.command()(command)
