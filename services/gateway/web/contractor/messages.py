"""What the workbench's scripts send: shapes and bounds; the services check what it means."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.chassis.errors import FieldsInvalid, FieldViolation
from services.gateway.bodies import read_body

BODY_BYTES_MAX = 512 * 1024
_VIOLATIONS_MAX = 20

_Id = Annotated[str, Field(min_length=1, max_length=96)]
_Token = Annotated[str, Field(min_length=1, max_length=64)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LeaseMessage(_Message):
    """A task that is held, and the proof."""

    assignment_id: _Id
    lease_token: _Token


class ClaimMessage(_Message):
    """How many tasks of a project the page wants to hold."""

    project_id: _Id
    request_id: Annotated[str, Field(max_length=36)]
    count: Annotated[int, Field(ge=1, le=100)]


class RenewalMessage(_Message):
    """Tasks that are still being worked on."""

    leases: Annotated[list[LeaseMessage], Field(min_length=1, max_length=100)]


class ReleaseMessage(RenewalMessage):
    """Tasks that are given back."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]
    unseen: bool = False


class AnswerMessage(LeaseMessage):
    """One answer: a value, or a result as the editor makes it."""

    ticket: Annotated[str, Field(max_length=100)]
    active_seconds: Annotated[float, Field(ge=0, le=86_400)]
    value: str = ""
    result: list[dict[str, Any]] | None = None


MessageT = TypeVar("MessageT", bound=_Message)


async def read_message(request: Request, kind: type[MessageT]) -> MessageT:
    """The request's body.

    Errors:
        FieldsInvalid: not JSON, or not of that shape.
        HTTPException: 413 beyond BODY_BYTES_MAX, 408 where it does not come in time.
    """
    body = await read_body(request, bytes_max=BODY_BYTES_MAX)
    try:
        return kind.model_validate_json(body)
    except ValidationError as err:
        raise FieldsInvalid(
            [
                FieldViolation(
                    field=".".join(str(part) for part in each["loc"]),
                    description=each["msg"],
                    rule=each["type"],
                )
                for each in err.errors()[:_VIOLATIONS_MAX]
            ]
        ) from err
