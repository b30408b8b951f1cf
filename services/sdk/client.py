"""The clients: one that blocks, one for event loops, with the same resources and methods."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Any, Self

import httpx

from .errors import InvalidRequest
from .generated.adjustments import AdjustmentsApi, AsyncAdjustmentsApi
from .generated.api_keys import ApiKeysApi, AsyncApiKeysApi
from .generated.appeals import AppealsApi, AsyncAppealsApi
from .generated.assignments import AssignmentsApi, AsyncAssignmentsApi
from .generated.bank_transfers import AsyncBankTransfersApi, BankTransfersApi
from .generated.benefits import AsyncBenefitsApi, BenefitsApi
from .generated.breakers import AsyncBreakersApi, BreakersApi
from .generated.conversions import AsyncConversionsApi, ConversionsApi
from .generated.deposits import AsyncDepositsApi, DepositsApi
from .generated.earnings import AsyncEarningsApi, EarningsApi
from .generated.entries import AsyncEntriesApi, EntriesApi
from .generated.floors import AsyncFloorsApi, FloorsApi
from .generated.funds import AsyncFundsApi, FundsApi
from .generated.gold import AsyncGoldApi, GoldApi
from .generated.invitations import AsyncInvitationsApi, InvitationsApi
from .generated.label_configs import AsyncLabelConfigsApi, LabelConfigsApi
from .generated.ledger import AsyncLedgerApi, LedgerApi
from .generated.me import AsyncMeApi, MeApi
from .generated.offers import AsyncOffersApi, OffersApi
from .generated.organisations import AsyncOrganisationsApi, OrganisationsApi
from .generated.pass_throughs import AsyncPassThroughsApi, PassThroughsApi
from .generated.pay_calendars import AsyncPayCalendarsApi, PayCalendarsApi
from .generated.pay_periods import AsyncPayPeriodsApi, PayPeriodsApi
from .generated.pay_schedule import AsyncPayScheduleApi, PayScheduleApi
from .generated.payments import AsyncPaymentsApi, PaymentsApi
from .generated.payout_account import AsyncPayoutAccountApi, PayoutAccountApi
from .generated.payouts import AsyncPayoutsApi, PayoutsApi
from .generated.people import AsyncPeopleApi, PeopleApi
from .generated.rate_card import AsyncRateCardApi, RateCardApi
from .generated.refunds import AsyncRefundsApi, RefundsApi
from .generated.reviews import AsyncReviewsApi, ReviewsApi
from .generated.rule_hits import AsyncRuleHitsApi, RuleHitsApi
from .generated.rules import AsyncRulesApi, RulesApi
from .generated.sessions import AsyncSessionsApi, SessionsApi
from .generated.tax_identity import AsyncTaxIdentityApi, TaxIdentityApi
from .generated.templates import AsyncTemplatesApi, TemplatesApi
from .generated.tokens import AsyncTokensApi, TokensApi
from .generated.vendors import AsyncVendorsApi, VendorsApi
from .generated.webhook_deliveries import AsyncWebhookDeliveriesApi, WebhookDeliveriesApi
from .generated.webhook_endpoints import AsyncWebhookEndpointsApi, WebhookEndpointsApi
from .http_async import AsyncHttp
from .http_sync import SyncHttp
from .plans import Planner
from .profiles import Access, find_access
from .resources.contractors import AsyncContractorsApi, ContractorsApi
from .resources.invoices import (
    AsyncInvoicesApi,
    AsyncReceiptsApi,
    InvoicesApi,
    ReceiptsApi,
)
from .resources.media import AsyncMediaApi, MediaApi
from .resources.projects import AsyncProjectsApi, ProjectsApi
from .resources.results import AsyncResultsApi, ResultsApi
from .resources.statements import AsyncStatementsApi, StatementsApi
from .resources.tasks import AsyncTasksApi, TasksApi
from .retries import RetryPolicy
from .routes import Route

TIMEOUT_SECONDS = 60.0
RETRIES_MAX = 4


class Crewline:
    """A client of one Crewline platform. Safe for threads; a context that closes it.

    Args:
        api_key: Without one, CREWLINE_API_KEY or the profile's is taken; public operations
            (registering an organisation) need none.
        base_url: Of the gateway, such as https://crewline.example. Without one,
            CREWLINE_BASE_URL or the profile's is taken.
        profile: One that `crewline login` stored; without one, CREWLINE_PROFILE or the current.
        timeout_seconds: For every silence of a connection.
        max_retries: Attempts after the first, of operations that are safe to repeat: all of
            them, since every write carries an idempotency key that its attempts share.

    Errors:
        ProfileInvalid: the profile is not there, or no address is known. InvalidRequest: the
        address is none.
    """

    def __init__(  # noqa: PLR0915 - one line a resource
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        profile: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        max_retries: int = RETRIES_MAX,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        access = find_access(
            api_key=api_key, base_url=base_url, profile=profile, environment=os.environ
        )
        self._http = SyncHttp(
            _planner(access, max_retries), timeout_seconds=timeout_seconds, transport=transport
        )
        http = self._http
        self.base_url = http.planner.base_url
        self.api_keys = ApiKeysApi(http)
        self.appeals = AppealsApi(http)
        self.assignments = AssignmentsApi(http)
        self.benefits = BenefitsApi(http)
        self.adjustments = AdjustmentsApi(http)
        self.breakers = BreakersApi(http)
        self.rules = RulesApi(http)
        self.rule_hits = RuleHitsApi(http)
        self.contractors = ContractorsApi(http)
        self.deposits = DepositsApi(http)
        self.payments = PaymentsApi(http)
        self.receipts = ReceiptsApi(http)
        self.invoices = InvoicesApi(http)
        self.bank_transfers = BankTransfersApi(http)
        self.earnings = EarningsApi(http)
        self.entries = EntriesApi(http)
        self.funds = FundsApi(http)
        self.refunds = RefundsApi(http)
        self.conversions = ConversionsApi(http)
        self.floors = FloorsApi(http)
        self.pass_throughs = PassThroughsApi(http)
        self.gold = GoldApi(http)
        self.invitations = InvitationsApi(http)
        self.label_configs = LabelConfigsApi(http)
        self.ledger = LedgerApi(http)
        self.me = MeApi(http)
        self.media = MediaApi(http)
        self.offers = OffersApi(http)
        self.organisations = OrganisationsApi(http)
        self.pay_calendars = PayCalendarsApi(http)
        self.pay_schedule = PayScheduleApi(http)
        self.pay_periods = PayPeriodsApi(http)
        self.payout_account = PayoutAccountApi(http)
        self.payouts = PayoutsApi(http)
        self.people = PeopleApi(http)
        self.projects = ProjectsApi(http)
        self.rate_card = RateCardApi(http)
        self.results = ResultsApi(http)
        self.reviews = ReviewsApi(http)
        self.sessions = SessionsApi(http)
        self.statements = StatementsApi(http)
        self.tasks = TasksApi(http)
        self.tax_identity = TaxIdentityApi(http)
        self.webhook_endpoints = WebhookEndpointsApi(http)
        self.webhook_deliveries = WebhookDeliveriesApi(http)
        self.templates = TemplatesApi(http)
        self.tokens = TokensApi(http)
        self.vendors = VendorsApi(http)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | None = None,
        body: Any = None,
        idempotency_key: str | None = None,
    ) -> Any:
        """The JSON that a path answers with: for what has no method here. Errors: CrewlineError."""
        route, arguments = _raw(method, path, query=query, body=body)
        return self._http.send(route, arguments, idempotency_key)

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the connections."""
        self.close()


class AsyncCrewline:
    """The same for asyncio: awaited methods, `async for` over lists and streams.

    Its arguments and errors are those of Crewline; it belongs to one event loop.
    """

    def __init__(  # noqa: PLR0915 - one line a resource
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        profile: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        max_retries: int = RETRIES_MAX,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        access = find_access(
            api_key=api_key, base_url=base_url, profile=profile, environment=os.environ
        )
        self._http = AsyncHttp(
            _planner(access, max_retries), timeout_seconds=timeout_seconds, transport=transport
        )
        http = self._http
        self.base_url = http.planner.base_url
        self.api_keys = AsyncApiKeysApi(http)
        self.appeals = AsyncAppealsApi(http)
        self.assignments = AsyncAssignmentsApi(http)
        self.benefits = AsyncBenefitsApi(http)
        self.adjustments = AsyncAdjustmentsApi(http)
        self.breakers = AsyncBreakersApi(http)
        self.rules = AsyncRulesApi(http)
        self.rule_hits = AsyncRuleHitsApi(http)
        self.contractors = AsyncContractorsApi(http)
        self.deposits = AsyncDepositsApi(http)
        self.payments = AsyncPaymentsApi(http)
        self.receipts = AsyncReceiptsApi(http)
        self.invoices = AsyncInvoicesApi(http)
        self.bank_transfers = AsyncBankTransfersApi(http)
        self.earnings = AsyncEarningsApi(http)
        self.entries = AsyncEntriesApi(http)
        self.funds = AsyncFundsApi(http)
        self.refunds = AsyncRefundsApi(http)
        self.conversions = AsyncConversionsApi(http)
        self.floors = AsyncFloorsApi(http)
        self.pass_throughs = AsyncPassThroughsApi(http)
        self.gold = AsyncGoldApi(http)
        self.invitations = AsyncInvitationsApi(http)
        self.label_configs = AsyncLabelConfigsApi(http)
        self.ledger = AsyncLedgerApi(http)
        self.me = AsyncMeApi(http)
        self.media = AsyncMediaApi(http)
        self.offers = AsyncOffersApi(http)
        self.organisations = AsyncOrganisationsApi(http)
        self.pay_calendars = AsyncPayCalendarsApi(http)
        self.pay_schedule = AsyncPayScheduleApi(http)
        self.pay_periods = AsyncPayPeriodsApi(http)
        self.payout_account = AsyncPayoutAccountApi(http)
        self.payouts = AsyncPayoutsApi(http)
        self.people = AsyncPeopleApi(http)
        self.projects = AsyncProjectsApi(http)
        self.rate_card = AsyncRateCardApi(http)
        self.results = AsyncResultsApi(http)
        self.reviews = AsyncReviewsApi(http)
        self.sessions = AsyncSessionsApi(http)
        self.statements = AsyncStatementsApi(http)
        self.tasks = AsyncTasksApi(http)
        self.tax_identity = AsyncTaxIdentityApi(http)
        self.webhook_endpoints = AsyncWebhookEndpointsApi(http)
        self.webhook_deliveries = AsyncWebhookDeliveriesApi(http)
        self.templates = AsyncTemplatesApi(http)
        self.tokens = AsyncTokensApi(http)
        self.vendors = AsyncVendorsApi(http)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | None = None,
        body: Any = None,
        idempotency_key: str | None = None,
    ) -> Any:
        """The JSON that a path answers with: for what has no method here. Errors: CrewlineError."""
        route, arguments = _raw(method, path, query=query, body=body)
        return await self._http.send(route, arguments, idempotency_key)

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.close()

    async def __aenter__(self) -> Self:
        """Itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the connections."""
        await self.close()


def _planner(access: Access, retries_max: int) -> Planner:
    if not _is_address(access.base_url):
        raise InvalidRequest(
            f"{access.base_url!r} is no address of a gateway, such as https://crewline.example",
            reason="ADDRESS_INVALID",
        )
    return Planner(
        base_url=access.base_url,
        api_key=access.api_key,
        policy=RetryPolicy(retries_max=retries_max),
    )


def _is_address(text: str) -> bool:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        return False
    is_web = url.scheme in ("http", "https") and bool(url.host)
    return is_web and not url.query and 0 < (url.port or 80) < 65_536


_BODY = "body"


def _raw(
    method: str, path: str, *, query: dict[str, Any] | None, body: Any
) -> tuple[Route[Any], dict[str, Any]]:
    if not path.startswith("/") or "{" in path:
        raise InvalidRequest(f"{path!r} is no path", reason="PATH_INVALID")
    route = Route[Any](method=method.upper(), path=path, body=_BODY, is_public=False)
    return route, {**(query or {}), _BODY: body}
