"""`crewline rules`: what acts on contractors' figures by itself, tried on what happened before."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from ..conditions import STATISTICS, parse_condition, show_condition
from ..messages import DryRun, Rule, RuleAction, RuleDraft
from .console import print_facts, print_json, print_list, print_table, say, short, when
from .failures import InputInvalid
from .session import LIMIT, AsJson, Limit, client_of, taken

app = typer.Typer(
    no_args_is_help=True,
    help="Rules: what is done by itself when a contractor's figures meet conditions.",
    epilog=f"Figures: {', '.join(STATISTICS)}. Shares are held against a threshold by the bound of "
    "their 95 % interval that must clear it: a rule acts on evidence, not on bad luck.",
)

ProjectId = Annotated[str, typer.Argument(metavar="PROJECT", help="The project's id.")]
When = Annotated[
    list[str],
    typer.Option("--when", metavar="CONDITION", help="As 'gold_accuracy < 60%'; all must hold."),
]
_ACTIONS = ("notify", "extra_gold", "review", "restrict", "pause")
Then = Annotated[
    str, typer.Option("--then", metavar="|".join(_ACTIONS), help="What is done, for a while.")
]
Hours = Annotated[int, typer.Option("--hours", min=1, max=720, help="For how long.")]
Explanation = Annotated[str, typer.Option("--explain", help="Words that the contractor reads.")]
Name = Annotated[str, typer.Option("--name", help="What the lists call it.")]


@app.command("try")
def try_rule(
    context: typer.Context,
    project_id: ProjectId,
    *,
    when_: When,
    then: Then,
    hours: Hours = 24,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Says whom a rule would have hit so far, and how many of them deserved it. Changes nothing."""
    draft = _draft("dry run", when_, then, hours, "dry run")
    with client_of(context) as client:
        found = client.rules.dry_run(project_id, rule=draft)
    if as_json:
        print_json(found)
        return
    _print_dry_run(found, limit=limit)


@app.command("put")
def put_rule(
    context: typer.Context,
    project_id: ProjectId,
    *,
    name: Name,
    when_: When,
    then: Then,
    explain: Explanation,
    hours: Hours = 24,
    rule: Annotated[str, typer.Option(help="Replaces this one by its next version.")] = "",
    off: Annotated[bool, typer.Option("--off", help="Keeps it, but it does not act.")] = False,
    as_json: AsJson = False,
) -> None:
    """Puts a rule in force; `try` it first."""
    draft = _draft(name, when_, then, hours, explain)
    with client_of(context) as client:
        made = client.rules.put(project_id, rule=draft, rule_id=rule or None, is_active=not off)
    if as_json:
        print_json(made)
        return
    state = "acts from now on" if made["is_active"] else "does not act"
    say(f"rule {made['rule_id']}, version {made['version']}, {state}")


@app.command("list")
def list_rules(
    context: typer.Context, project_id: ProjectId, *, limit: Limit = LIMIT, as_json: AsJson = False
) -> None:
    """Lists a project's rules, each in its newest version."""
    with client_of(context) as client:
        found = taken(client.rules.list(project_id), limit=limit)
    print_list(
        found,
        [
            ("rule", lambda one: one["rule_id"]),
            ("name", lambda one: one["draft"]["name"]),
            ("version", lambda one: one["version"]),
            ("acts", lambda one: "yes" if one["is_active"] else "no"),
            ("when", _conditions),
            ("then", lambda one: _action(one["draft"]["action"])),
            ("hours", lambda one: one["draft"]["action_hours"]),
        ],
        empty="no rules",
        as_json=as_json,
    )


@app.command("hits")
def list_hits(
    context: typer.Context,
    *,
    project: Annotated[str, typer.Option(help="Only of this project.")] = "",
    contractor: Annotated[str, typer.Option(help="Only of this contractor.")] = "",
    limit: Limit = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Lists what rules have done: to oneself, in one's pool, in one's projects, or to all."""
    with client_of(context) as client:
        found = taken(
            client.rule_hits.list(project_id=project or None, contractor_id=contractor or None),
            limit=limit,
        )
    print_list(
        found,
        [
            ("when", lambda one: when(one.get("hit_time"))),
            ("project", lambda one: one["project_id"]),
            ("contractor", lambda one: one["contractor_id"] or one["contractor_pseudonym"]),
            ("rule", lambda one: f"{one['rule_name']} ({one['rule_version']})"),
            ("action", lambda one: _action(one["action"])),
            ("until", lambda one: when(one.get("end_time"))),
            ("evidence", lambda one: _evidence(one["evidence"])),
        ],
        empty="no rule has acted",
        as_json=as_json,
    )


def _draft(name: str, conditions: list[str], then: str, hours: int, explanation: str) -> RuleDraft:
    if then not in _ACTIONS:
        raise InputInvalid([f"--then: {then!r} is none of {', '.join(_ACTIONS)}"])
    return RuleDraft(
        name=name,
        conditions=[parse_condition(text) for text in conditions],
        action=cast("RuleAction", f"RULE_ACTION_{then.upper()}"),
        action_hours=hours,
        explanation=explanation,
    )


def _print_dry_run(found: DryRun, *, limit: int) -> None:
    print_facts(
        {
            "answers replayed": f"{found['answers_replayed']:,}"
            + ("" if found["is_all"] else " (the latest)"),
            "contractors": f"{found['contractors']:,}",
            "would be hit": f"{found['hit']:,}",
            "of them worse than the others": f"{found['hit_rightly']:,}",
            "as good as the others": f"{found['hit_wrongly']:,}",
            "too little known": f"{found['hit_unknown']:,}",
        }
    )
    if found["hits"]:
        print_table(
            found["hits"][:limit] if limit else found["hits"],
            [
                ("contractor", lambda one: one["contractor_id"] or one["contractor_pseudonym"]),
                ("after answers", lambda one: f"{one['answers']:,}"),
                ("evidence", lambda one: _evidence(one["evidence"])),
                ("deserved", lambda one: _VERDICTS[one.get("deserved")]),
            ],
            empty="",
        )


_VERDICTS = {True: "yes", False: "no", None: "not known"}


def _conditions(rule: Rule) -> str:
    return " and ".join(show_condition(one) for one in rule["draft"]["conditions"])


def _action(action: str) -> str:
    return short(action).removeprefix("RULE_ACTION_").lower()


def _evidence(evidence: dict[str, str]) -> str:
    return ", ".join(f"{name.lower()} {value}" for name, value in evidence.items())
