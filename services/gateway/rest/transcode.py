"""One unary exchange: path, query and body into a request message, and its answer into JSON."""

from __future__ import annotations

from typing import Any

import orjson
from google.protobuf.message import Message

from services.chassis.errors import FieldsInvalid
from services.gateway.rest.decode import Decoder
from services.gateway.rest.encode import Encoder
from services.gateway.rest.fields import Violations
from services.gateway.rest.idempotency import request_id
from services.gateway.rest.json_text import read_json
from services.gateway.rest.query import PathReader, QueryReader
from services.gateway.rest.rules import ALL, Rule


class Transcoder:
    """Of one rule; pure."""

    def __init__(self, rule: Rule, *, decoder: Decoder, encoder: Encoder) -> None:
        self._rule = rule
        self._paths = PathReader(rule)
        self._query = QueryReader(rule)
        self._show = encoder.of(rule.rpc.output_type)
        field = rule.body_field
        self._body_field = rule.body if rule.body != ALL else ""
        if rule.body == ALL:
            self._fill = decoder.of(rule.rpc.input_type)
        elif field is not None and field.message_type is not None:
            self._fill = decoder.of(field.message_type)

    def request(
        self,
        *,
        values: tuple[str, ...],
        query: bytes = b"",
        body: bytes = b"",
        idempotency_keys: list[str] | None = None,
        organisation_id: str = "",
    ) -> Message:
        """The message that the RPC is called with; an empty body is an empty object.

        Errors:
            JsonMalformed: the body is no JSON.
            FieldsInvalid: with everything in path, query, header and body that does not fit.
        """
        rule, wrong = self._rule, Violations()
        message = rule.request_type()
        if rule.body and body:
            self._fill_body(message, read_json(body), wrong)
        self._query.fill(message, query, wrong)
        self._paths.fill(message, values, wrong)
        if rule.has_request_id:
            at: Any = message
            at.request_id = request_id(
                idempotency_keys or [],
                at.request_id,
                organisation_id=organisation_id,
                method=rule.rpc.name,
                wrong=wrong,
            )
        if wrong.found:
            raise FieldsInvalid(wrong.found)
        return message

    def response(self, message: Message) -> bytes:
        """JSON of the answer."""
        return orjson.dumps(self._show(message))

    def _fill_body(self, message: Message, value: Any, wrong: Violations) -> None:
        if not self._body_field:
            self._fill(value, message, "", wrong)
            return
        inner = getattr(message, self._body_field)
        inner.SetInParent()
        self._fill(value, inner, f"{self._body_field}.", wrong)
