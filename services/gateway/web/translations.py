"""Languages of the pages: English is in the source, every other in a folder of gettext .po files.

Translators know .po files and their editors; this reads the part of the format that we write:
msgid, msgid_plural, msgstr, continued strings, comments. A file holds the texts of one part of the
pages; a text that several parts say is in shared.po.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "translations"

_KEYWORD = re.compile(r'(msgid_plural|msgid|msgstr(?:\[(\d)\])?)\s+(".*")')


class CatalogueMalformed(ValueError):
    """A .po file breaks the format; the message names file, line and rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language of the pages: its texts, plural rule and ways to write numbers and dates."""

    code: str
    """BCP 47, as in <html lang>."""
    name: str
    """In the language itself."""
    decimal_mark: str
    group_mark: str
    months: tuple[str, ...]
    plural: Callable[[int], int]
    """Which form a count takes."""
    currency_first: bool
    percent_gap: str
    texts: Mapping[str, tuple[str, ...]]
    """By the English text: its one translation, or one a plural form."""

    def translate(self, text: str, **values: object) -> str:
        """The translation with its `%(name)s` filled in."""
        found = self.gettext(text)
        return found % values if values else found

    def gettext(self, text: str) -> str:
        """The translation; the English where there is none."""
        found = self.texts.get(text)
        return found[0] if found else text

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """The form for the count; `%(num)s` in it is the caller's to fill."""
        found = self.texts.get(singular)
        if found is None or len(found) == 1:
            return singular if count == 1 else plural
        return found[self.plural(count)]


def mark(text: str) -> str:
    """The text itself: marks what is translated later, where the language is known."""
    return text


def read_catalogue(folder: Path) -> dict[str, tuple[str, ...]]:
    """The texts of a language's .po files, their headers left out.

    Errors:
        CatalogueMalformed: a line that is none of the format's, a text twice, a text without its
            translation.
    """
    texts: dict[str, tuple[str, ...]] = {}
    for path in sorted(folder.glob("*.po")):
        _read_into(texts, path)
    return texts


def _read_into(texts: dict[str, tuple[str, ...]], path: Path) -> None:
    for number, entry in _entries(path):
        key = entry.pop("msgid", "")
        entry.pop("msgid_plural", None)
        forms = tuple(entry[name] for name in sorted(entry))
        if not key:
            continue  # the header
        if not forms or not all(forms):
            raise CatalogueMalformed(f"{path.name}:{number}: {key!r} has no translation")
        if key in texts:
            raise CatalogueMalformed(f"{path.name}:{number}: {key!r} is there twice")
        texts[key] = forms


def _entries(path: Path) -> list[tuple[int, dict[str, str]]]:
    entries: list[tuple[int, dict[str, str]]] = []
    slot = ""
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        keyword = _KEYWORD.fullmatch(line)
        if keyword is not None:
            slot = keyword[1]
            if slot == "msgid":
                entries.append((number, {}))
            if not entries:
                raise CatalogueMalformed(f"{path.name}:{number}: {slot} before any msgid")
            entries[-1][1][slot] = _string(path, number, keyword[3])
        elif line.startswith('"') and slot:
            entries[-1][1][slot] += _string(path, number, line)
        else:
            raise CatalogueMalformed(f"{path.name}:{number}: {line!r} is no line of a .po file")
    return entries


def _string(path: Path, number: int, text: str) -> str:
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError) as err:
        raise CatalogueMalformed(f"{path.name}:{number}: {text} is not a string") from err
    return str(value)


ENGLISH = Language(
    code="en",
    name="English",
    decimal_mark=".",
    group_mark=",",
    months=(
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
    plural=lambda count: 0 if count == 1 else 1,
    currency_first=True,
    percent_gap="",
    texts={},
)  # fmt: skip

FRENCH = Language(
    code="fr",
    name="Français",
    decimal_mark=",",
    group_mark="\u202f",
    months=(
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
        "octobre", "novembre", "décembre",
    ),
    # One and a half is still singular.
    plural=lambda count: 0 if abs(count) < 2 else 1,
    currency_first=False,
    percent_gap="\u202f",
    texts=read_catalogue(FOLDER / "fr"),
)  # fmt: skip

LANGUAGES: dict[str, Language] = {language.code: language for language in (ENGLISH, FRENCH)}


def choose_language(*, cookie: str, accept: str) -> Language:
    """What the person chose; else the first of Accept-Language that we have; else English."""
    if cookie in LANGUAGES:
        return LANGUAGES[cookie]
    for code in _preferred(accept):
        found = LANGUAGES.get(code.partition("-")[0].lower())
        if found is not None:
            return found
    return ENGLISH


def _preferred(accept: str) -> list[str]:
    weighed = []
    for place, part in enumerate(accept[:500].split(",")):
        code, _, parameter = part.strip().partition(";")
        weight = parameter.strip().removeprefix("q=") or "1"
        try:
            quality = float(weight)
        except ValueError:
            continue
        if code and quality > 0:
            weighed.append((-quality, place, code.strip()))
    return [code for _, _, code in sorted(weighed)]
