"""A statement's paper as a page: what the PDF shows, to be read or printed in a browser.

It loads nothing and runs nothing, so that it can be kept and opened anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

_STYLE: Final = """
body { font: 11pt/1.45 serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; color: #111; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; font-size: .95em; }
th, td { text-align: left; padding: .3rem .5rem; border-bottom: 1px solid #ccc; }
thead th { border-bottom: 2px solid #111; }
.number { text-align: right; } .sums { width: auto; margin-left: auto; }
.sums tr:last-child { font-weight: bold; }
dt { color: #555; float: left; clear: left; width: 14rem; } dd { margin: 0 0 .2rem 14.5rem; }
footer { margin-top: 2rem; font-size: .75em; color: #555; overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; } thead { display: table-header-group; } }
""".strip()


def page_of(shown: Mapping[str, Any]) -> bytes:
    """The page, of the same data as the PDF's template. Everything in it is text."""
    title = escape(shown["title"])
    parts = [
        f'<!doctype html>\n<html lang="{escape(shown["language"])}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>",
        f"<p>{escape(shown['payee_label'])}: {_lines(shown['payee'])}</p>",
        *(
            [f"<p>{escape(shown['issuer_label'])}: {_lines(shown['issuer'])}</p>"]
            if shown["issuer"]
            else []
        ),
        _facts(shown["facts"]),
        f"<h2>{escape(shown['lines_title'])}</h2>",
        _table(shown["head"], shown["lines"], numbers=2),
        _sums(shown["sums"]),
        f"<h2>{escape(shown['prices_title'])}</h2>",
        _sums(shown["prices"]),
    ]
    if shown["top_ups_title"]:
        items = "".join(f"<li>{escape(one)}</li>" for one in shown["top_ups"])
        parts.append(f"<h2>{escape(shown['top_ups_title'])}</h2><ul>{items}</ul>")
    if shown["adjustments_title"]:
        parts += [
            f"<h2>{escape(shown['adjustments_title'])}</h2>",
            _table(shown["adjustments_head"], shown["adjustments"], numbers=1),
        ]
    if shown["rejected_title"]:
        parts += [
            f"<h2>{escape(shown['rejected_title'])}</h2>",
            _table(shown["rejected_head"], shown["rejected"], numbers=0),
        ]
    parts += [f"<p>{escape(note)}</p>" for note in shown["notes"]]
    parts.append(f"<footer>{escape(shown['foot'])}</footer></body></html>\n")
    return "\n".join(parts).encode()


def _lines(lines: Sequence[str]) -> str:
    return "<br>".join(
        f"<strong>{escape(line)}</strong>" if place == 0 else escape(line)
        for place, line in enumerate(lines)
    )


def _facts(facts: Sequence[Sequence[str]]) -> str:
    pairs = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    return f"<dl>{pairs}</dl>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: int) -> str:
    first_number = len(head) - numbers
    names = "".join(
        f'<th scope="col"{_side(place, first_number)}>{escape(name)}</th>'
        for place, name in enumerate(head)
    )
    body = "".join(f"<tr>{_cells(row, first_number)}</tr>" for row in rows)
    return f"<table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"


def _sums(sums: Sequence[Sequence[str]]) -> str:
    rows = "".join(f"<tr>{_cells(row, 1)}</tr>" for row in sums)
    return f'<table class="sums"><tbody>{rows}</tbody></table>'


def _cells(row: Sequence[str], first_number: int) -> str:
    return "".join(
        f"<td{_side(place, first_number)}>{_cell(cell)}</td>" for place, cell in enumerate(row)
    )


def _cell(cell: str) -> str:
    """A name, and below it the id that it has."""
    return "<br>".join(escape(line) for line in cell.split("\n") if line)


def _side(place: int, first_number: int) -> str:
    return ' class="number"' if place >= first_number else ""
