"""The whole document, made once and served with its hash."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.gateway.rest.openapi import files
from services.gateway.rest.openapi.comments import Comments
from services.gateway.rest.openapi.operations import idempotency_key, operation
from services.gateway.rest.openapi.refusals import PROBLEM, response_headers, responses
from services.gateway.rest.openapi.schemas import Schemas
from services.gateway.rest.rules import Rule

PATH = "/openapi.json"
# Of the contracts of v1: the first number is the path's, the second grows with what is added.
API_VERSION = "1.0.0"
_MEDIA_TYPE = "application/vnd.oai.openapi+json;version=3.1"

_ABOUT = """\
Everything that Crewline does, over HTTP. What stands here is made of the same contracts as the
gRPC services: whatever has a path here is an RPC of the same name there.

- **Who asks.** An API key or an access token, as `Authorization: Bearer ...`; a key may be in
  `X-Api-Key` instead. A revoked key stops working within a minute.
- **JSON.** Names are snake_case. Integers are numbers (text is taken too), times are RFC 3339,
  amounts are integers in the currency's smallest unit. Enums are told by their whole name and
  taken with its prefix or without. null and left out are the same. A field that is not known is
  refused.
- **Pages.** Lists take `page_size` (100 where it is left out, 1,000 at most) and `page_token`, and
  answer with `next_page_token`, which is empty on the last page.
- **Repeats.** Every write may be sent again: with `Idempotency-Key` where the operation has it, and
  as it is where not.
- **Limits.** Each key has a rate; the RateLimit headers tell what is left, and 429 comes with
  Retry-After.
- **Refusals** are `application/problem+json` with a `reason` for programs, and `errors` for each
  field that is at fault.
"""

_TAGS = {
    "accounts": "Organisations, people, API keys, sessions.",
    "vendors": "Vendors, their rate cards, and contractors.",
    "broker": "Projects and tasks, assignments and answers, results.",
    "quality": "Consensus, how good answers are, and reviews.",
    "payouts": "Funds, earnings, statements and payments.",
    "files": "Files of tasks and of contractors in, results out, and what tasks show.",
}


def openapi(rules: Sequence[Rule], *, comments: Comments) -> dict[str, Any]:
    """OpenAPI 3.1 of the rules."""
    messages = [m for rule in rules for m in (rule.rpc.input_type, rule.rpc.output_type)]
    schemas = Schemas(comments=comments, messages=messages)
    paths: dict[str, dict[str, Any]] = {}
    for rule in rules:
        paths.setdefault(rule.path, {})[rule.http_method.lower()] = operation(rule, schemas)
    paths |= files.paths()
    services = list(dict.fromkeys(rule.service for rule in rules))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Crewline",
            "version": API_VERSION,
            "summary": "The outsourced staffing chain behind AI training data, as software.",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": name, "description": _TAGS.get(name, "")} for name in (*services, "files")
        ],
        "paths": paths,
        "components": {
            "schemas": {
                **dict(sorted(schemas.components.items())),
                **files.SCHEMAS,
                "Problem": PROBLEM,
            },
            "responses": responses(),
            "parameters": {"Idempotency-Key": idempotency_key()},
            "headers": response_headers(),
            "securitySchemes": {
                "api_key": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-Api-Key",
                    "description": "An API key of your organisation.",
                },
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key, or an access token that it was exchanged for.",
                },
            },
        },
    }


class OpenApi:
    """Serves the document; it is made when somebody first asks for it."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._making = asyncio.Lock()
        self._made: _Made | None = None

    def router(self) -> APIRouter:
        """Its one route."""
        router = APIRouter()

        @router.get(PATH)
        async def document(request: Request) -> Response:
            async with self._making:
                if self._made is None:
                    self._made = await asyncio.to_thread(self._make)
            return _answer(request, self._made)

        return router

    def _make(self) -> _Made:
        body = orjson.dumps(openapi(self._rules, comments=Comments()))
        return _Made(
            body=body,
            packed=gzip.compress(body, 9, mtime=0),
            tag=f'"{hashlib.sha256(body).hexdigest()[:16]}"',
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    body: bytes
    packed: bytes
    tag: str


def _answer(request: Request, made: _Made) -> Response:
    headers = {
        "ETag": made.tag,
        "Cache-Control": "no-cache",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        # It tells nobody's secret: tools on other pages may read it.
        "Access-Control-Allow-Origin": "*",
    }
    if request.headers.get("if-none-match") == made.tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    body = made.body
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = made.packed, "gzip"
    return Response(body, media_type=_MEDIA_TYPE, headers=headers)
