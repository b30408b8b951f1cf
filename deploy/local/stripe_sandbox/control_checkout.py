"""The hosted payment page's addresses: GET and POST /_sandbox/checkout/{session}."""

from __future__ import annotations

from aiohttp import web

from deploy.local.stripe_sandbox import checkout_page, checkout_paying, checkout_sessions
from deploy.local.stripe_sandbox.objects import Stored
from deploy.local.stripe_sandbox.pages import html
from deploy.local.stripe_sandbox.world import Sandbox

_TYPED_CHARS_MAX = 200


class CheckoutControl:
    """Handlers of the page."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register the routes."""
        router.add_get(checkout_sessions.PAGE_PATH + "/{session}", self.show)
        router.add_post(checkout_sessions.PAGE_PATH + "/{session}", self.submit)

    async def show(self, request: web.Request) -> web.Response:
        """Show the form, or the bank's question where a card waits for its answer."""
        session = self._find(request)
        if session is None:
            return html(checkout_page.unknown(), status=404)
        if session.body["status"] != "open":
            return html(checkout_page.closed(session), status=410)
        if checkout_paying.asks_bank(self._sandbox, session):
            return html(checkout_page.bank_form(session))
        return html(checkout_page.payment_form(session))

    async def submit(self, request: web.Request) -> web.Response:
        """Try to pay; send the payer on when that is done."""
        form = await request.post()
        typed = {name: str(form.get(name, ""))[:_TYPED_CHARS_MAX] for name in ("number", "email")}
        with self._sandbox.database.transaction():
            # Read inside: what is written back must be what was read.
            session = self._find(request)
            if session is None:
                return html(checkout_page.unknown(), status=404)
            if session.body["status"] != "open":
                return html(checkout_page.closed(session), status=410)
            if "bank" in form:
                outcome = checkout_paying.answer_bank(
                    self._sandbox, session, succeeded=form["bank"] == "yes"
                )
            else:
                outcome = checkout_paying.pay(self._sandbox, session, **typed)
        self._sandbox.on_delivery()
        if outcome.is_paid:
            raise web.HTTPSeeOther(session.body["success_url"])
        if outcome.asks_bank:
            raise web.HTTPSeeOther(str(request.rel_url))
        return html(
            checkout_page.payment_form(session, problem=outcome.problem, **typed), status=402
        )

    def _find(self, request: web.Request) -> Stored | None:
        return self._sandbox.objects.find(
            request.match_info["session"], kind=checkout_sessions.KIND
        )
