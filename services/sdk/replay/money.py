"""The money's side of a replay: payout accounts before the work, statements paid after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crewline.payouts.v1 import service_pb2 as payouts_pb2
from crewline.payouts.v1 import types_pb2 as payouts_types_pb2
from services.sdk.money import UNITS_PER_MINOR
from services.sdk.replay.books import ProjectBooks
from services.sdk.replay.connection import Connection
from services.sdk.replay.crew import Crew
from services.sdk.replay.errors import ReplayFailed
from services.sdk.replay.many import each
from services.sdk.replay.patience import Deadline, OutOfTime, wait_until
from services.sdk.replay.project import CURRENCY
from services.sdk.replay.sandbox import StripeSandbox
from services.sdk.replay.session import Caller, new_request_id

# The payouts service calls the provider at its own pace; more at once would only wait there.
_ACCOUNTS_AT_ONCE = 16
_EVENT_SECONDS = 60.0
_PAGE = 1000
_PROBLEMS_MAX = 20
_SETTLED = (
    payouts_types_pb2.STATEMENT_STATE_PAID,
    payouts_types_pb2.STATEMENT_STATE_FAILED,
)
_PAGES_MAX = 100_000
_RETURN_URL = "https://replay.example.com/onboarding"


@dataclass(slots=True, kw_only=True)
class Paid:
    """What the payees' statements came to."""

    statements: int = 0
    statements_paid: int = 0
    paid_minor: int = 0
    rest_units: int = 0
    """Carried over by rounding."""
    problems: list[str] = field(default_factory=list)


class MoneySide:
    """Acts for the payees and for the operator who pays them."""

    def __init__(
        self, connection: Connection, *, crew: Crew, sandbox: StripeSandbox, deadline: Deadline
    ) -> None:
        self._payouts = connection.payouts
        self._crew = crew
        self._sandbox = sandbox
        self._deadline = deadline

    async def open_accounts(self) -> None:
        """Every payee gets an account at the provider and tells it what it asks for.

        Errors:
            RemoteError, SandboxFailed, OutOfTime.
        """
        await each(self._crew.payees, self._open_account, at_once=_ACCOUNTS_AT_ONCE)
        await each(self._crew.payees, self._until_payable, at_once=_ACCOUNTS_AT_ONCE)

    async def _open_account(self, payee: Caller) -> None:
        request = payouts_pb2.CreatePayoutAccountRequest(
            request_id=new_request_id(), email="payee@replay.example.com"
        )
        answer = await payee.call(
            self._payouts.CreatePayoutAccount,
            request,
            early=("PAYEE_NOT_FOUND",),
            deadline=self._deadline.within(_EVENT_SECONDS),
        )
        link = payouts_pb2.CreateAccountLinkRequest(refresh_url=_RETURN_URL, return_url=_RETURN_URL)
        await payee.call(self._payouts.CreateAccountLink, link)
        await self._sandbox.complete_onboarding(answer.payout_account.account_id)

    async def _until_payable(self, payee: Caller) -> None:
        async def payable() -> bool | None:
            answer = await payee.call(
                self._payouts.GetPayoutAccount, payouts_pb2.GetPayoutAccountRequest()
            )
            account = answer.payout_account
            return True if account.transfers_enabled and account.payouts_enabled else None

        await wait_until(
            payable,
            deadline=self._deadline.within(_EVENT_SECONDS),
            what=f"payee {payee.session.subject_id} may be paid (account.updated arrived)",
        )

    async def close_and_pay(self) -> None:
        """Closes the pay period and has its statements paid. Errors: RemoteError, OutOfTime."""
        operator = self._crew.operator
        close = payouts_pb2.ClosePayPeriodRequest(request_id=new_request_id())
        answer = await operator.call(self._payouts.ClosePayPeriod, close)
        period_id = answer.pay_period.pay_period_id

        async def closed() -> bool | None:
            said = await operator.call(
                self._payouts.GetPayPeriod, payouts_pb2.GetPayPeriodRequest(pay_period_id=period_id)
            )
            state = said.pay_period.state
            return True if state == payouts_types_pb2.PAY_PERIOD_STATE_CLOSED else None

        await wait_until(
            closed, deadline=self._deadline, what=f"pay period {period_id} has its statements"
        )
        resume_after = ""
        while True:
            pay = payouts_pb2.PayStatementsRequest(
                request_id=new_request_id(), pay_period_id=period_id, resume_after=resume_after
            )
            resume_after = (await operator.call(self._payouts.PayStatements, pay)).resume_after
            if not resume_after:
                break

    async def until_paid(self, *, earned_units: int) -> Paid:
        """Waits until the payees' statements are at their banks; whatever is not is a problem.

        Errors:
            RemoteError.
        """
        payees = self._crew.payees
        found: dict[int, list[payouts_types_pb2.Statement]] = {}

        async def look(place: int) -> None:
            found[place] = await self._statements(payees[place])

        async def paid_all() -> bool | None:
            await each(_unsettled(found, len(payees)), look, at_once=_ACCOUNTS_AT_ONCE)
            return None if _unsettled(found, len(payees)) else True

        async def complete() -> bool | None:
            # Another run may have closed its period in between: some of ours may be in that one.
            await each(range(len(payees)), look, at_once=_ACCOUNTS_AT_ONCE)
            under_way = _unsettled(found, len(payees))
            return True if not under_way and _stated_units(found) == earned_units else None

        try:
            await wait_until(
                paid_all, deadline=self._deadline, what="payments", pause_seconds_max=2.0
            )
            if _stated_units(found) != earned_units:
                await wait_until(
                    complete, deadline=self._deadline.within(_EVENT_SECONDS), what="statements"
                )
        except OutOfTime as err:
            paid = _paid(found, earned_units=earned_units)
            paid.problems.append(str(err))
            return paid
        return _paid(found, earned_units=earned_units)

    async def _statements(self, payee: Caller) -> list[payouts_types_pb2.Statement]:
        request = payouts_pb2.ListStatementsRequest(page_size=_PAGE)
        answer = await payee.call(self._payouts.ListStatements, request)
        if answer.next_page_token:
            raise ReplayFailed(f"payee {payee.session.subject_id} has more than {_PAGE} statements")
        return [one for one in answer.statements if one.currency == CURRENCY]

    async def read_books(self, books: ProjectBooks) -> None:
        """Every entry of the project's held account. Errors: RemoteError.

        The operator reads: only operators see who else an entry gives money to.
        """
        token = ""
        for _ in range(_PAGES_MAX):
            request = payouts_pb2.ListEntriesRequest(
                account=books.held_account, page_size=_PAGE, page_token=token
            )
            answer = await self._crew.operator.call(self._payouts.ListEntries, request)
            books.add(answer.entries)
            token = answer.next_page_token
            if not token:
                return
        raise ReplayFailed(f"{books.held_account} has more pages of entries than there can be")


def _unsettled(found: Mapping[int, list[payouts_types_pb2.Statement]], payees: int) -> list[int]:
    """Places of the payees who were not asked yet or whose payments are under way."""
    return [
        place
        for place in range(payees)
        if place not in found or any(one.state not in _SETTLED for one in found[place])
    ]


def _stated_units(found: Mapping[int, list[payouts_types_pb2.Statement]]) -> int:
    """What is paid, and what rounding has left in the end: each rest comes up again."""
    totals_minor = sum(one.total_minor for statements in found.values() for one in statements)
    newest = (max(s, key=lambda one: one.statement_id) for s in found.values() if s)
    return int(totals_minor * UNITS_PER_MINOR + sum(one.rest_units for one in newest))


def _paid(found: Mapping[int, list[payouts_types_pb2.Statement]], *, earned_units: int) -> Paid:
    paid = Paid()
    for statement in (one for statements in found.values() for one in statements):
        paid.statements += 1
        if statement.state == payouts_types_pb2.STATEMENT_STATE_PAID:
            paid.statements_paid += 1
            paid.paid_minor += statement.total_minor
        elif len(paid.problems) < _PROBLEMS_MAX:
            state = payouts_types_pb2.StatementState.Name(statement.state)
            paid.problems.append(f"{statement.statement_id} is {state}: {statement.reason}")
    paid.rest_units = _stated_units(found) - UNITS_PER_MINOR * sum(
        one.total_minor for statements in found.values() for one in statements
    )
    stated_units = _stated_units(found)
    if stated_units != earned_units:
        paid.problems.append(f"the statements come to {stated_units}, earned were {earned_units}")
    return paid


def held_account(*, client_id: str, project_id: str) -> str:
    """The ledger's account of the money that is put aside for a project."""
    return f"client:{client_id}:project:{project_id}:held:{CURRENCY}"
