"""Idempotency-Key, and the request_id that it becomes (AIP-155)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from services.gateway.rest.fields import Violations
from services.gateway.rest.rules import REQUEST_ID

HEADER = b"idempotency-key"
KEY_LENGTH_MAX = 255

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")
# Ours alone: the same key of another system is another UUID.
_NAMESPACE = uuid.UUID("6f1c7c1e-3c53-5c0e-9a58-6d2b3c3c1f0a")


def request_id(
    keys: list[str],
    given: str,
    *,
    organisation_id: str,
    method: str,
    wrong: Violations,
    new_uuid: Callable[[], uuid.UUID] = uuid.uuid4,
) -> str:
    """The request_id of a write.

    A UUID in the header is taken as it is; other text becomes one that only the same
    organisation gets for the same method. `given` is what the body says. With neither, the
    request is one of its own.
    """
    if not keys:
        return given or str(new_uuid())
    if len(keys) > 1:
        wrong.add("Idempotency-Key", "idempotency_key.repeated", "is there twice")
        return ""
    key = _unquoted(keys[0])
    if _UUID.fullmatch(key):
        found = key.lower()
    elif not _PRINTABLE.fullmatch(key):
        detail = f"must be 1 to {KEY_LENGTH_MAX} printable ASCII characters"
        wrong.add("Idempotency-Key", "idempotency_key.text", detail)
        return ""
    elif not organisation_id:
        detail = "must be a UUID where no credential says whose key it is"
        wrong.add("Idempotency-Key", "idempotency_key.uuid", detail)
        return ""
    else:
        # No part can be mistaken for another: neither an id nor a method has a space in it.
        found = str(uuid.uuid5(_NAMESPACE, f"{organisation_id} {method} {key}"))
    if given and given.lower() != found:
        detail = "the body has another request_id than Idempotency-Key says"
        wrong.add(REQUEST_ID, "idempotency_key.agrees", detail)
    return found


def _unquoted(key: str) -> str:
    # The draft of the header has it as a string of structured fields, in quotes; most send it bare.
    key = key.strip(" \t")
    if len(key) > 2 and key[0] == key[-1] == '"':
        return key[1:-1]
    return key
