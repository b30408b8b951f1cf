"""Every text of the pages in every language, and languages chosen as people ask for them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.gateway.web.translations import (
    ENGLISH,
    FOLDER,
    FRENCH,
    LANGUAGES,
    CatalogueMalformed,
    choose_language,
    read_catalogue,
)
from tests.unit.web.messages import used

_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%")
USED = used()


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_every_text_is_in_every_language_and_no_other(path: Path) -> None:
    texts = read_catalogue(path)
    missing = {key[0]: place for key, place in USED.items() if key[0] not in texts}
    assert not missing, f"{len(missing)} texts without a translation in {path.name}: {missing}"
    unused = texts.keys() - {text for text, _ in USED}
    assert not unused, f"nothing says these any more: {unused}"


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_translations_fill_in_the_same_values_and_have_all_plural_forms(path: Path) -> None:
    texts = read_catalogue(path)
    for text, plural in USED:
        forms = texts[text]
        assert len(forms) == (2 if plural else 1), text
        wanted = {name for name in _PLACEHOLDER.findall(text + plural) if name}
        for form in forms:
            assert set(_PLACEHOLDER.findall(form)) - {""} == wanted, (text, form)


def test_the_texts_are_found_where_they_are_written() -> None:
    places = dict(USED)
    assert places[("Sign in", "")].startswith(("sign_in.py", "templates/"))
    assert ("Live", "") in places  # a state
    assert any(plural for _, plural in places)


@pytest.mark.parametrize(
    ("cookie", "accept", "code"),
    [
        ("", "", "en"),
        ("", "fr", "fr"),
        ("", "fr-CA, en;q=0.9", "fr"),
        ("", "en;q=0.3, fr;q=0.8", "fr"),
        ("", "de, es;q=0.9", "en"),
        ("", "fr;q=0, en", "en"),
        ("", "fr;q=nonsense", "en"),
        ("", "*", "en"),
        ("en", "fr", "en"),
        ("xx", "fr", "fr"),
        ("", "," * 10_000 + "fr", "en"),
    ],
)
def test_the_language_is_the_persons_choice_then_the_browsers(
    cookie: str, accept: str, code: str
) -> None:
    assert choose_language(cookie=cookie, accept=accept).code == code


def test_french_counts_none_and_one_as_singular() -> None:
    forms = [FRENCH.plural(count) for count in (0, 1, 2, 100)]
    assert forms == [0, 0, 1, 1]
    assert [ENGLISH.plural(count) for count in (0, 1, 2)] == [1, 0, 1]
    assert set(LANGUAGES) == {"en", "fr"}


def test_a_catalogue_is_read_with_continued_strings_and_plurals(tmp_path: Path) -> None:
    (tmp_path / "b.po").write_text('msgid "a"\nmsgstr "c"\n')
    (tmp_path / "a.po").write_text(
        'msgid ""\nmsgstr "Language: xx\\n"\n\n'
        "# a word\n"
        'msgid "Hello "\n"world"\nmsgstr ""\n"Bonjour \\"le\\" monde"\n\n'
        'msgid "%(num)s task"\nmsgid_plural "%(num)s tasks"\n'
        'msgstr[0] "%(num)s tâche"\nmsgstr[1] "%(num)s tâches"\n'
    )
    assert read_catalogue(tmp_path) == {
        "a": ("c",),
        "Hello world": ('Bonjour "le" monde',),
        "%(num)s task": ("%(num)s tâche", "%(num)s tâches"),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('msgid "a"\nmsgstr ""\n', "no translation"),
        ('msgid "a"\nmsgstr "b"\nmsgid "a"\nmsgstr "c"\n', "twice"),
        ('msgstr "b"\n', "before any msgid"),
        ("nonsense\n", "no line"),
        ('msgid "a\nmsgstr "b"\n', "no line"),
        ('msgid "a" "b\nmsgstr "b"\n', "xx.po:1"),
    ],
)
def test_a_malformed_catalogue_is_refused_with_its_line(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "xx.po").write_text(text)
    with pytest.raises(CatalogueMalformed, match=said):
        read_catalogue(tmp_path)
