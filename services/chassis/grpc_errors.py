"""Domain errors on the wire and back: kind -> status and ErrorInfo (AIP-193), the only table."""

from __future__ import annotations

from collections.abc import Sequence

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from services.chassis.errors import DomainError, FieldsInvalid, FieldViolation, Kind

ERROR_DOMAIN = "crewline"
_METADATA_VALUE_LENGTH_MAX = 500
_RETRY_SECONDS = 1

CODES: dict[Kind, int] = {
    Kind.INVALID: code_pb2.INVALID_ARGUMENT,
    Kind.UNAUTHENTICATED: code_pb2.UNAUTHENTICATED,
    Kind.FORBIDDEN: code_pb2.PERMISSION_DENIED,
    Kind.NOT_FOUND: code_pb2.NOT_FOUND,
    Kind.EXISTS: code_pb2.ALREADY_EXISTS,
    Kind.PRECONDITION: code_pb2.FAILED_PRECONDITION,
    Kind.CONFLICT: code_pb2.ABORTED,
    Kind.EXHAUSTED: code_pb2.RESOURCE_EXHAUSTED,
    Kind.UNAVAILABLE: code_pb2.UNAVAILABLE,
}
_KINDS = {code: kind for kind, code in CODES.items()}


def to_status(err: DomainError) -> grpc.Status:
    """The status with its details, ready for `context.abort_with_status`."""
    details = [
        error_details_pb2.ErrorInfo(
            reason=err.reason,
            domain=ERROR_DOMAIN,
            metadata={k: v[:_METADATA_VALUE_LENGTH_MAX] for k, v in err.metadata.items()},
        )
    ]
    packed = [_pack(detail) for detail in details]
    if isinstance(err, FieldsInvalid):
        violations = [
            error_details_pb2.BadRequest.FieldViolation(
                field=v.field, description=v.description, reason=v.rule
            )
            for v in err.violations
        ]
        packed.append(_pack(error_details_pb2.BadRequest(field_violations=violations)))
    elif err.kind is Kind.INVALID and "field" in err.metadata:
        violation = error_details_pb2.BadRequest.FieldViolation(
            field=err.metadata["field"], description=err.message, reason=err.reason
        )
        packed.append(_pack(error_details_pb2.BadRequest(field_violations=[violation])))
    if err.kind is Kind.EXHAUSTED:
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(round(1000 * (err.retry_seconds or _RETRY_SECONDS)))
        packed.append(_pack(error_details_pb2.RetryInfo(retry_delay=delay)))
    return rpc_status.to_status(  # type: ignore[no-any-return]
        status_pb2.Status(code=CODES[err.kind], message=err.message, details=packed)
    )


class RemoteError(DomainError):
    """Another service's refusal, with its own kind and reason."""

    def __init__(
        self,
        message: str,
        *,
        kind: Kind,
        reason: str,
        metadata: dict[str, str],
        violations: Sequence[FieldViolation] = (),
        retry_seconds: float | None = None,
        code: int = code_pb2.UNKNOWN,
    ) -> None:
        super().__init__(message, **metadata)
        self.kind = kind
        self.reason = reason
        self.violations = list(violations)
        self.retry_seconds = retry_seconds
        self.code = code
        """google.rpc.Code: finer than the kind where the answer did not come from a handler."""


def from_rpc_error(err: grpc.RpcError) -> RemoteError:
    """What the other side meant, for callers inside."""
    code = err.code().value[0]
    reason, metadata = err.code().name, {}
    violations: list[FieldViolation] = []
    retry_seconds = None
    status = rpc_status.from_call(err)
    for detail in status.details if status is not None else ():
        info, bad, retry = (
            error_details_pb2.ErrorInfo(),
            error_details_pb2.BadRequest(),
            error_details_pb2.RetryInfo(),
        )
        if detail.Unpack(info):
            reason, metadata = info.reason, dict(info.metadata)
        elif detail.Unpack(bad):
            violations = [
                FieldViolation(field=v.field, description=v.description, rule=v.reason)
                for v in bad.field_violations
            ]
        elif detail.Unpack(retry):
            retry_seconds = retry.retry_delay.ToMicroseconds() / 1e6
    return RemoteError(
        err.details() or reason,
        kind=_KINDS.get(code, Kind.UNAVAILABLE),
        reason=reason,
        metadata=metadata,
        violations=violations,
        retry_seconds=retry_seconds,
        code=code,
    )


def _pack(message: error_details_pb2.ErrorInfo) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed
