"""Rows of any origin into an RPC that takes a stream of them, in bounded messages.

A row that cannot even be one is sent on as an empty row, which the service refuses by its own
rules: so rows keep their numbers, good ones go in, and memory stays bounded however many are bad.
What the service then says of that row is replaced by what is really wrong with it.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from crewline.common.v1 import types_pb2
from services.chassis.errors import FieldsInvalid
from services.chassis.validation import violations
from services.gateway.peers import Bearer, Peers
from services.gateway.rest.decode import Decoder
from services.gateway.rest.fields import Violations, message_of
from services.gateway.rest.methods import stub_of
from services.gateway.rest.query import PathReader
from services.gateway.rest.rules import Rule

ROWS_PER_MESSAGE_MAX = 500
MESSAGE_BYTES_MAX = 1_000_000
STREAM_SECONDS = 3600.0

# Of one stream, not told yet. Services tell a thousand at most where they answer once.
_PROBLEMS_KEPT_MAX = 10_000
_MESSAGE_LENGTH_MAX = 500
_ITEM_ERROR = types_pb2.ItemError.DESCRIPTOR


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """Why something is no row."""

    reason: str
    message: str
    field: str = ""


Row = tuple[int, Any]
"""(number of the line or record it came from, its JSON value or a RowProblem)."""


class RowSender:
    """Of one rule whose requests are a stream: PostTasks, ImportContractors, and those to come."""

    def __init__(self, rule: Rule, *, peers: Peers, decoder: Decoder) -> None:
        element = rule.body_field
        if element is None or not violations(GetMessageClass(message_of(element))()):
            raise ValueError(f"{rule.rpc.full_name}: an empty row would be taken as one")
        self.rule = rule
        self._peers = peers
        self._method = stub_of(rule, peers)
        self.element_name = element.name
        self._fill = decoder.of(message_of(element))
        self._paths = PathReader(rule)
        self._results = _results_field(rule.rpc.output_type)

    async def send(
        self, rows: AsyncIterator[Row], *, path: tuple[str, ...], caller: Bearer
    ) -> Message:
        """The one answer, with the errors of rows that are none.

        `path` has the values of the rule's path variables, in order.

        Errors:
            FieldsInvalid: the path's values. RemoteError: refused; rows before may be in.
        """
        feed = _Feed(sender=self, rows=rows, first=self._first(path))
        response: Message = await self._peers.send(
            self._method, feed.messages(), caller=caller, timeout_seconds=STREAM_SECONDS
        )
        self._mend(response, feed)
        return response

    async def stream(
        self, rows: AsyncIterator[Row], *, path: tuple[str, ...], caller: Bearer
    ) -> AsyncGenerator[Message, None]:
        """As send, for a rule that answers with a stream."""
        feed = _Feed(sender=self, rows=rows, first=self._first(path))
        answers = self._peers.stream(
            self._method, feed.messages(), caller=caller, timeout_seconds=STREAM_SECONDS
        )
        async with contextlib.aclosing(answers):
            async for response in answers:
                self._mend(response, feed)
                yield response

    def fill(self, value: Any, element: Message) -> RowProblem | None:
        """Makes the element what the value says, or leaves it empty and says why not."""
        if isinstance(value, RowProblem):
            return value
        wrong = Violations()
        self._fill(value, element, "", wrong)
        if not wrong.found:
            return None
        element.Clear()
        err = FieldsInvalid(wrong.found)
        return RowProblem(reason=err.reason, message=err.message, field=wrong.found[0].field)

    def _first(self, path: tuple[str, ...]) -> Message:
        message, wrong = self.rule.request_type(), Violations()
        self._paths.fill(message, path, wrong)
        if wrong.found:
            raise FieldsInvalid(wrong.found)
        return message

    def _mend(self, response: Message, feed: _Feed) -> None:
        for result in getattr(response, self._results):
            known = feed.problems.pop(result.row, None)
            if known is not None:
                result.error.CopyFrom(known)


@dataclass(slots=True, kw_only=True)
class _Feed:
    """One stream on its way: its rows, and what is wrong with those that are none."""

    sender: RowSender
    rows: AsyncIterator[Row]
    first: Message
    problems: dict[int, types_pb2.ItemError] = field(default_factory=dict)
    """By number of the row in the stream; those that are told already are gone."""

    async def messages(self) -> AsyncIterator[Message]:
        """At least one, for the service to refuse where even that is wrong."""
        message, row, size = self.first, 0, 0
        elements = getattr(message, self.sender.element_name)
        async for line, value in self.rows:
            element = elements.add()
            problem = self.sender.fill(value, element)
            if problem is not None and len(self.problems) < _PROBLEMS_KEPT_MAX:
                self.problems[row] = _item_error(problem, line=line)
            row += 1
            size += element.ByteSize()
            if len(elements) >= ROWS_PER_MESSAGE_MAX or size >= MESSAGE_BYTES_MAX:
                yield message
                message, size = self.sender.rule.request_type(), 0
                elements = getattr(message, self.sender.element_name)
        if elements or row == 0:
            yield message


def _item_error(problem: RowProblem, *, line: int) -> types_pb2.ItemError:
    return types_pb2.ItemError(
        reason=problem.reason,
        message=problem.message[:_MESSAGE_LENGTH_MAX],
        field=problem.field,
        metadata={"line": str(line)},
    )


def _results_field(message: Descriptor) -> str:
    """The repeated field of an answer whose elements have a row and an error."""
    for result in message.fields:
        if result.is_repeated and result.message_type is not None:
            inner = result.message_type.fields_by_name
            error = inner.get("error")
            if "row" in inner and error is not None and error.message_type == _ITEM_ERROR:
                return result.name
    raise ValueError(f"{message.full_name} does not say what is wrong with which row")
