"""Templates to responses."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from google.protobuf.message import Message
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup

from services.gateway.web import formats, navigation
from services.gateway.web.answers_shown import shown_answer
from services.gateway.web.assets import Assets
from services.gateway.web.contractor.words import decision_words
from services.gateway.web.cookies import Cookies
from services.gateway.web.formats import Formats
from services.gateway.web.policies import ALWAYS, STRICT, ContentPolicy, page_headers
from services.gateway.web.refusals import reason_sentence
from services.gateway.web.states import State, state_in_history, state_name, state_named, state_of
from services.gateway.web.translations import LANGUAGES, Language
from services.gateway.web.unpaid_words import actor_words, way_words
from services.gateway.web.visits import Visit, visit_of
from services.gateway.web.words import entry_kind, line_kind

TEMPLATES = Path(__file__).parent / "templates"
FROM_HTMX = "hx-request"


class Pages:
    """One Jinja environment a language, every template compiled at start."""

    def __init__(self, *, assets: Assets, cookies: Cookies) -> None:
        self._cookies = cookies
        self._environments = {code: _environment(code, assets) for code in LANGUAGES}

    def render(
        self,
        request: Request,
        name: str,
        *,
        status: int = HTTPStatus.OK,
        policy: ContentPolicy = STRICT,
        **context: Any,
    ) -> Response:
        """A whole page of the visit that the router opened, its headers and cookies with it."""
        visit = visit_of(request)
        response = HTMLResponse(
            self.fragment(request, name, **context),
            status_code=status,
            headers=page_headers(policy),
        )
        if visit.is_new:
            self._cookies.set_visit(response, visit.secret)
        if visit.said is not None:
            self._cookies.forget_said(response)
        return response

    def fragment(self, request: Request, name: str, **context: Any) -> str:
        """A template as text: a part of a page, for those who put it somewhere."""
        visit = visit_of(request)
        template = self._environments[visit.language.code].get_template(name)
        return template.render(
            visit=visit,
            path=request.url.path,
            here=_local(request),
            menu=navigation.grouped(visit.role),
            current=navigation.current(visit.role, request.url.path),
            home=navigation.home(visit.role) if visit.caller else "/sign-in",
            form=context.pop("form", visit.form),
            **context,
        )

    def redirect(
        self, request: Request, to: str, *, said: str = "", tone: str = "good"
    ) -> Response:
        """Goes on to a page of ours, which then says what was done."""
        response: Response
        if FROM_HTMX in request.headers:
            response = Response(
                status_code=HTTPStatus.NO_CONTENT, headers={**ALWAYS, "HX-Redirect": to}
            )
        else:
            response = RedirectResponse(to, status_code=HTTPStatus.SEE_OTHER, headers=dict(ALWAYS))
        response.headers["Cache-Control"] = "no-store"
        if said:
            self._cookies.say(response, tone=tone, text=said)
        return response

    def formats(self, visit: Visit) -> Formats:
        """How the visitor's language writes numbers."""
        return Formats(visit.language)


class _Compiled(BytecodeCache):
    """What a template compiles to is the same in every language."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        code = self._code.get(bucket.key)
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


@cache
def _environment(code: str, assets: Assets) -> Environment:
    language = LANGUAGES[code]
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
        cache_size=-1,
        bytecode_cache=_COMPILED,
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        language.gettext, language.ngettext, newstyle=True
    )
    written = Formats(language)
    environment.filters |= {
        "number": written.number,
        "percent": written.percent,
        "date": written.date,
        "seconds": written.seconds,
        "money": written.amount,
        "time": partial(_time, written),
        "is_set": formats.is_set,
        "pretty": formats.pretty_json,
    }
    environment.globals |= {
        "asset": assets.address,
        "money": written.money,
        "new_request_id": lambda: str(uuid.uuid4()),
        "units": written.units,
        "languages": tuple(LANGUAGES.values()),
        "language_options": [(one.code, one.name) for one in LANGUAGES.values()],
        "minor_digits": formats.minor_digits,
        "state_name": state_name,
        "state": _translated(language, state_of),
        "state_named": _translated(language, state_named),
        "state_in_history": _translated(language, state_in_history),
        "entry_kind": lambda kind: language.gettext(entry_kind(kind)),
        "line_kind": lambda kind: language.gettext(line_kind(kind)),
        "actor_words": actor_words,
        "way_words": way_words,
        "decision_words": decision_words,
        "share_between": partial(_share_between, written),
        "shown_answer": lambda project, value: shown_answer(project, value, language),
        "refusal": lambda error: reason_sentence(error.reason, error.message, language),
    }
    for name in environment.list_templates(extensions=["html"]):
        environment.get_template(name)
    return environment


def _share_between(written: Formats, estimate: Any) -> str:
    """A share with what it most likely lies between; a message or a mapping, None for unknown."""
    if estimate is None:
        return "—"
    value, low, high = (
        estimate[name] if isinstance(estimate, Mapping) else getattr(estimate, name)
        for name in ("value", "low", "high")
    )
    return f"{written.percent(value, 1)} ({written.percent(low)} – {written.percent(high)})"


def _time(written: Formats, when: Any) -> Markup:
    template = Markup('<time datetime="{}" data-local>{}</time>')
    return template.format(formats.iso(when), written.time(when))


def _translated(language: Language, find: Callable[..., State]) -> Callable[..., State]:
    def found(*given: str | Message) -> State:
        state = find(*given)
        return State(language.gettext(state.label), state.tone)

    return found


def _local(request: Request) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def is_local(address: str) -> bool:
    """Whether an address that came from outside leads to a page of this site, and nowhere else."""
    return (
        address.startswith("/")
        and not address.startswith("//")
        and "\\" not in address
        and len(address) <= 2_000
        and address.isprintable()
        and address.isascii()
    )


def own_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Of an answer that is no page: what every answer says, and its own."""
    return {**ALWAYS, "Cache-Control": "no-store", **headers}
