"""What must not reach a contractor's browser: markup that does something by itself.

The gateway's content security policy is the wall; this tells the client at once, and by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

ACTIVE_TAGS = frozenset(
    {
        "applet",
        "base",
        "embed",
        "form",
        "frame",
        "frameset",
        "iframe",
        "link",
        "math",
        "meta",
        "object",
        "script",
        "svg",
        "template",
    }
)
_ACTIVE_URL = re.compile(r"[\x00-\x20]*(?:javascript|vbscript|data:text/html)", re.IGNORECASE)
_ACTIVE_STYLE = re.compile(r"javascript:|expression\s*\(|</", re.IGNORECASE)
_TAG_NAME = re.compile(r"[A-Za-z][^\s/>]*")
_BETWEEN = re.compile(r"[\s/]*")
_ATTRIBUTE_NAME = re.compile(r"[^\s/>][^\s/>=]*")
_EQUALS = re.compile(r"\s*=\s*")
_BARE_VALUE = re.compile(r"[^\s>]*")
# Browsers read an address without them.
_UNSEEN = str.maketrans("", "", "\t\n\r")


def active_attribute(name: str, value: str) -> str:
    """What is wrong with an attribute; "" where it only describes."""
    if name.startswith("on") or name in ("srcdoc", "formaction"):
        return f"the attribute {name[:30]} runs a script"
    if ":" in value and _ACTIVE_URL.match(value.translate(_UNSEEN)):
        return f"the address in {name[:30]} runs a script"
    return active_style(value) if name == "style" else ""


def active_style(css: str) -> str:
    """What is wrong with CSS; "" where it only describes."""
    found = _ACTIVE_STYLE.search(css)
    return f"{found.group()!r} is not taken in a style" if found else ""


def active_element(tag: str, attributes: Iterable[tuple[str, str]]) -> str:
    """What is wrong with an HTML element; "" where it only describes."""
    if tag in ACTIVE_TAGS:
        return f"the tag {tag} is not taken"
    for name, value in attributes:
        found = active_attribute(name, value)
        if found:
            return found
    return ""


def active_html(html: str) -> str:
    """What is wrong with a piece of HTML; "" where it only describes.

    Every `<` begins a piece, so that nothing hides from it: neither in a comment nor in a quoted
    value. What a browser takes for a tag is one here too, and each is read once.
    """
    for piece in html.split("<")[1:]:
        name = _TAG_NAME.match(piece)
        if name is not None:
            found = _active_tag(name.group().lower(), piece, name.end())
        elif piece.startswith("!--") and "-->" not in piece:
            found = "a comment has a tag in it, or no end"
        else:
            found = ""
        if found:
            return found
    return ""


def _active_tag(tag: str, piece: str, position: int) -> str:
    attributes: list[tuple[str, str]] = []
    while True:
        position = _end(_BETWEEN, piece, position)
        if position >= len(piece):
            return f"the tag {tag[:30]} has no end, or a < in it"
        if piece[position] == ">":
            return active_element(tag, attributes)
        start, position = position, _end(_ATTRIBUTE_NAME, piece, position)
        name = piece[start:position].lower()
        value = ""
        equals = _EQUALS.match(piece, position)
        if equals is not None:
            value, position = _attribute_value(piece, equals.end())
        attributes.append((name, unescape(value) if "&" in value else value))


def _attribute_value(piece: str, position: int) -> tuple[str, int]:
    """The value, and where it ends; the end of the piece where its quotes are not closed."""
    quote = piece[position : position + 1]
    if quote not in ("'", '"'):
        end = _end(_BARE_VALUE, piece, position)
        return piece[position:end], end
    end = piece.find(quote, position + 1)
    if end < 0:
        return "", len(piece)
    return piece[position + 1 : end], end + 1


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found is not None else position
