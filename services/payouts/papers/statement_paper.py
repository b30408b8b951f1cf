"""A frozen statement as a paper and as a table: made of the document alone, the same every time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from services.payouts.papers.parties import particulars_lines, titled
from services.payouts.papers.statement_words import Wording

TEMPLATE: Final = "statement"
# A paper of more rows is nobody's to read; JSON and CSV have all of them.
ROWS_MAX: Final = 3_000

Content = Mapping[str, Any]

_CSV_HEAD: Final = (
    "statement_id", "period_id", "kind", "project_id", "project_name", "contractor_id",
    "contractor_name", "answers", "pay_units", "commission_units", "fee_units", "benefits_units",
    "units_per_minor", "currency",
)  # fmt: skip
_PRICES: Final = ("pay_units", "commission_units", "fee_units", "benefits_units", "client_units")
# What starts like a formula is not taken for one by a spreadsheet.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def shown(
    content: Content, *, names: Mapping[str, str], document_hash: str, language: str
) -> dict[str, Any]:
    """What the template shows: nothing but text, in the language.

    `names`: by contractor, of those whose name is known and kept.
    """
    said = Wording(language)
    currency = content["currency"]
    is_part = "part_of" in content
    title = said("part" if is_part else "statement")
    return {
        "language": said.language,
        "title": title,
        "foot": f"{content['statement_id']} · SHA-256 {document_hash}",
        "payee_label": said("payee"),
        "payee": _payee(content, names, said),
        "issuer_label": said("issuer"),
        "issuer": _issuer(content, said),
        "facts": _facts(content, said),
        "lines_title": said("lines"),
        "head": [said("project"), said("contractor").capitalize(), said("for"), said("answers"),
                 said("amount")],
        "lines": list(_rows(content, names, said))[:ROWS_MAX],
        "sums": _part_sums(content, said) if is_part else _sums(content, said),
        "prices_title": said("prices"),
        "prices": [
            [said(name), said.amount(content["prices"][name], currency)] for name in _PRICES
        ],
        "top_ups_title": said("top_ups") if content["top_ups"] else "",
        "top_ups": [_top_up(one, said, currency) for one in content["top_ups"][:ROWS_MAX]],
        "adjustments_title": said("adjustments") if content.get("adjustments") else "",
        "adjustments": [
            [said.day(one["effective_at"]),
             titled(names.get(one["contractor_id"], ""), one["contractor_id"]), one["reason"],
             said.amount(one["pay_units"] + one["commission_units"], currency)]
            for one in content.get("adjustments", ())
        ],
        "adjustments_head": [said("booked"), said("contractor").capitalize(), said("reason"),
                             said("amount")],
        "rejected_title": _rejected_title(content, said),
        "rejected_head": [said("answer"), said("project"), said("reason"), said("decided"),
                          said("appeal")],
        "rejected": [
            [
                titled("", one["assignment_id"]),
                titled(one["project_name"], one["project_id"]),
                one["reason"],
                said.day(one["decided_at"]),
                said.day(one["appeal_until"]),
            ]
            for one in content["rejected"][:ROWS_MAX]
        ],
        "notes": _notes(content, names, said),
    }  # fmt: skip


def csv_of(content: Content, *, names: Mapping[str, str]) -> bytes:
    """The lines as a table; amounts in the ledger's units, as in the document."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(_CSV_HEAD)
    for line in content["lines"]:
        name = names.get(line["contractor_id"], "")
        values = {**content, **line, "contractor_name": name}
        writer.writerow([_cell(values[name]) for name in _CSV_HEAD])
    return written.getvalue().encode()


def _cell(value: object) -> object:
    is_formula = isinstance(value, str) and value.startswith(_FORMULA_STARTS)
    return f"'{value}" if is_formula else value


def _payee(content: Content, names: Mapping[str, str], said: Wording) -> list[str]:
    payee = content["payee"]
    name = payee["name"]
    if not name and payee["kind"] == "contractor":
        name = names.get(payee["payee_id"], "")
    lines = [name, f"{said(payee['kind'])} {payee['payee_id']}", payee["country"]]
    return [line for line in lines if line]


def _issuer(content: Content, said: Wording) -> list[str]:
    # Documents of before tell none.
    issuer = content.get("issuer")
    if issuer is None:
        return []
    return particulars_lines(issuer, tax_number=said("tax_number"))


def _facts(content: Content, said: Wording) -> list[list[str]]:
    period = content["period"]
    span = said("until", start=said.day(period["starts_at"]), end=said.day(period["ends_at"]))
    facts = [
        [said("number"), content["statement_id"]],
        [said("period"), f"{period['period_id']} ({span})"],
        [said("made"), said.day(content["made_at"])],
        [said("currency"), content["currency"]],
    ]
    if content.get("calendar", {}).get("pay_on"):
        facts.append([said("pay_on"), said.day(content["calendar"]["pay_on"])])
    if content.get("minimum_minor", 0) > 1:
        least_units = content["minimum_minor"] * content["units_per_minor"]
        facts.append([said("minimum"), said.amount(least_units, content["currency"])])
    carried = content.get("carried_in", {})
    if carried.get("amount_units"):
        amount = said.amount(carried["amount_units"], content["currency"])
        facts.append([said("carried_in"), f"{amount} ({said(carried['reason'])})"])
    return facts


def _rows(content: Content, names: Mapping[str, str], said: Wording) -> Iterator[list[str]]:
    currency, this_period = content["currency"], content["period"]["period_id"]
    is_part = "part_of" in content
    for line in content["lines"]:
        about = said(line["kind"])
        if line["period_id"] != this_period:
            about = f"{about} ({said('earlier', period=line['period_id'])})"
        project = titled(line["project_name"], line["project_id"])
        contractor = titled(names.get(line["contractor_id"], ""), line["contractor_id"])
        if line["pay_units"] or line["kind"] != "adjustment":
            yield [project, contractor, about, said.count(line["answers"]),
                   said.amount(line["pay_units"], currency)]  # fmt: skip
        if line["commission_units"] and not is_part:
            yield [project, contractor, said("commission"), "",
                   said.amount(line["commission_units"], currency)]  # fmt: skip


def _sums(content: Content, said: Wording) -> list[list[str]]:
    currency, per_minor = content["currency"], content["units_per_minor"]
    sums = [[said("lines_sum"), said.amount(content["lines_units"], currency)]]
    for one in content["withheld"]:
        name = said("withheld", authority=one["authority"])
        rate = f"{one['rule']}, {one['rate_bps'] / 100:g} %"
        sums.append([f"{name} ({rate})", said.amount(-one["amount_minor"] * per_minor, currency)])
    rest = content["carried_on"]
    if rest["amount_units"]:
        name = said("rest")
        if rest["next_at"]:
            name = f"{name}, {said('next_at', day=said.day(rest['next_at']))}"
        sums.append([name, said.amount(-rest["amount_units"], currency)])
    sums.append([said("total"), said.amount(content["total_minor"] * per_minor, currency)])
    return sums


def _part_sums(content: Content, said: Wording) -> list[list[str]]:
    return [[said("own_total"), said.amount(content["total_units"], content["currency"])]]


def _top_up(one: Content, said: Wording, currency: str) -> str:
    """Whatever was kept as evidence, by its names."""
    told: Sequence[str] = [
        f"{name}: {said.amount(value, currency) if name.endswith('_units') else value}"
        for name, value in sorted(one.items())
        if value not in ("", None)
    ]
    return ", ".join(told)


def _rejected_title(content: Content, said: Wording) -> str:
    count = content["answers"]["rejected"]
    return said("rejected", count=said.count(count)) if count else ""


def _notes(content: Content, names: Mapping[str, str], said: Wording) -> list[str]:
    notes = []
    if len(names) < len(content.get("name_seals", {})):
        notes.append(said("erased"))
    if content["rejected"]:
        notes.append(said("how_to_appeal"))
        left_out = content["answers"]["rejected"] - len(content["rejected"][:ROWS_MAX])
        if left_out > 0:
            notes.append(said("left_out", count=said.count(left_out)))
    if content.get("adjustments_left_out"):
        notes.append(
            said("adjustments_left_out", count=said.count(content["adjustments_left_out"]))
        )
    notes.append(said("frozen"))
    return notes
