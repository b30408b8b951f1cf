"""What a page sent: its fields, bounded, and what is to be said about them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.exceptions import HTTPException

from services.chassis.errors import DomainError, FieldViolation
from services.gateway.bodies import read_body
from services.gateway.web.refusals import rule_sentence, sentence
from services.gateway.web.translations import Language

BYTES_MAX = 1024 * 1024
FIELDS_MAX = 2_000
REQUEST_ID = "request_id"
MEDIA_TYPE = "application/x-www-form-urlencoded"


class Form:
    """Fields by name with what a person typed, and the errors to show beside them."""

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in fields:
            self._values.setdefault(name, []).append(value)
        self.errors: dict[str, str] = {}
        self.problem = ""
        """What is wrong with all of it, where no one field is at fault."""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Form:
        """One that is filled in already."""
        return cls(values.items())

    def text(self, name: str, default: str = "") -> str:
        """Of one field, without the blanks around it."""
        values = self._values.get(name)
        # Browsers send lines of a textarea with CRLF.
        return values[0].replace("\r\n", "\n").strip() if values else default

    def secret(self, name: str) -> str:
        """As it was typed: blanks are part of a password."""
        values = self._values.get(name)
        return values[0] if values else ""

    def all(self, name: str) -> list[str]:
        """Of every field of the name."""
        return list(self._values.get(name, ()))

    def words(self, name: str) -> list[str]:
        """What is between commas or line ends, in order, each once."""
        parts = self.text(name).replace("\n", ",").split(",")
        return list(dict.fromkeys(part.strip() for part in parts if part.strip()))

    def is_on(self, name: str) -> bool:
        """Of a checkbox."""
        return bool(self.text(name))

    def set(self, name: str, value: str) -> None:
        """Fills a field in."""
        self._values[name] = [value]

    @property
    def request_id(self) -> str:
        """What makes a repeat of the same form no second change: the page gave it to the form."""
        try:
            return str(uuid.UUID(self.text(REQUEST_ID)))
        except ValueError:
            return str(uuid.uuid4())

    @property
    def is_good(self) -> bool:
        """Nothing is wrong with it."""
        return not self.errors and not self.problem

    def refuse(
        self, err: DomainError, language: Language, *, fields: Mapping[str, str] | None = None
    ) -> None:
        """Puts an error where it belongs.

        `fields` names the form's field for a field of the request, where they differ.
        """
        placed = False
        for violation in _violations(err):
            name = (fields or {}).get(violation.field, violation.field)
            if name in self._values:
                said = rule_sentence(violation, language)
                self.errors.setdefault(name, said or sentence(err, language))
                placed = True
        if not placed:
            self.problem = sentence(err, language)


async def read_form(request: Request) -> Form:
    """The request's form; an empty one where it carries something else.

    Errors:
        HTTPException: 413 beyond BYTES_MAX, 408 where it does not come in time, 400 for what is
            not UTF-8 or has more than FIELDS_MAX fields.
    """
    if not request.headers.get("content-type", "").startswith(MEDIA_TYPE):
        return Form()
    body = await read_body(request, bytes_max=BYTES_MAX)
    try:
        fields = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=FIELDS_MAX,
        )
    except ValueError as err:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "the form is not readable") from err
    return Form(fields)


def _violations(err: DomainError) -> list[FieldViolation]:
    found = list(getattr(err, "violations", ()))
    if not found and "field" in err.metadata:
        found = [FieldViolation(field=err.metadata["field"], description=err.message)]
    return found
