"""Looking again at what has come to rest, and of which nobody may tell us.

Ready accounts that are not ready any more, payments that banks send back days later, and top-ups
that they take back weeks later. What is
under way is looked at by the payer, however long it takes; this goes a page at a time, and to each
thing once a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.logs import logger
from services.chassis.loops import Loop
from services.chassis.mongo import store_errors
from services.payouts.domain.ledger.accounts import MANUAL_CSV
from services.payouts.domain.payments.instruction_facts import apply_rail_object
from services.payouts.domain.payments.instructions import Instruction
from services.payouts.domain.payments.payments import sent_at
from services.payouts.metrics import mirror as metrics
from services.payouts.store.funding.deposits import DepositStore
from services.payouts.store.payments.instructions import InstructionStore
from services.payouts.store.payments.payout_accounts import PayoutAccountStore
from services.payouts.usecases.funding.deposits import Deposits
from services.payouts.usecases.payments.journal import Change, InstructionJournal, Ruling
from services.payouts.usecases.payments.payout_accounts import PayoutAccounts
from services.payouts.usecases.payments.rail_port import Rails

log = logger(__name__)

_EACH_TURN: Final = 50
# An account that was looked at less long ago is known well enough.
_ACCOUNT_STALE_AFTER: Final = timedelta(hours=24)
# It arrives within days, and banks send it back within five working days, and a holiday or two.
_PAID_LOOKED_AT_FOR: Final = timedelta(days=14)
_PAID_ROUND: Final = timedelta(hours=24)
# A bank debit may be disputed for two months; notifications tell of what comes later still.
_TOPUPS_LOOKED_AT_FOR: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What one turn has looked at, and how much of it was news."""

    looked_at: int
    changed: int


class Sweeps:
    """Looks again, over and over."""

    def __init__(
        self,
        *,
        rails: Rails,
        journal: InstructionJournal,
        instructions: InstructionStore,
        accounts: PayoutAccounts,
        account_store: PayoutAccountStore,
        deposits: Deposits,
        deposit_store: DepositStore,
        clock: Clock,
        pause_seconds: float,
    ) -> None:
        self._rails = rails
        self._journal = journal
        self._instructions = instructions
        self._accounts = accounts
        self._account_store = account_store
        self._deposits = deposits
        self._deposit_store = deposit_store
        self._clock = clock
        self._account_after: datetime | None = None
        self._paid_after: tuple[datetime, str] | None = None
        self._paid_round_began_at: datetime | None = None
        self._topups_after = ""
        self._topups_round_began_at: datetime | None = None
        self._loop = Loop(name="sweeps", turn=self.turn, pause_seconds=pause_seconds)

    async def run(self) -> None:
        """Until stop()."""
        await self._loop.run()

    async def stop(self) -> None:
        """Ends run() after the page in hand."""
        await self._loop.stop()

    async def turn(self) -> bool:
        """The next page of each; whether any has more."""
        accounts = await self.accounts()
        paid = await self.paid()
        topups = await self.topups()
        for name, swept in (("accounts", accounts), ("paid", paid), ("topups", topups)):
            metrics.SWEPT_TOTAL.labels(name, "changed").inc(swept.changed)
            metrics.SWEPT_TOTAL.labels(name, "same").inc(swept.looked_at - swept.changed)
        await self._measure()
        return _EACH_TURN in (accounts.looked_at, paid.looked_at, topups.looked_at)

    async def accounts(self) -> Swept:
        """Accounts that nobody has looked at for a day, the longest first."""
        before = self._clock() - _ACCOUNT_STALE_AFTER
        with store_errors():
            page = await self._account_store.stale(
                after=self._account_after, before=before, limit=_EACH_TURN
            )
        changed = 0
        for known in page:
            try:
                await self._accounts.account_changed(known.account_id)
                with store_errors():
                    after = await self._account_store.get(known.payee.payee_id)
            except DomainError as err:
                # It is asked again in the next round; the others are not kept waiting.
                log.warning("sweep.postponed", payee=known.payee.payee_id, reason=err.reason)
                continue
            if after is not None and after.is_ready != known.is_ready:
                changed += 1
                log.warning(
                    "sweep.account_changed", payee=known.payee.payee_id, ready=after.is_ready
                )
        self._account_after = page[-1].fetched_at if len(page) == _EACH_TURN else None
        return Swept(looked_at=len(page), changed=changed)

    async def paid(self) -> Swept:
        """Payments sent in the last days, each once a day: a bank may have sent one back."""
        now = self._clock()
        began_at = self._paid_round_began_at
        if self._paid_after is None:
            if began_at is not None and now < began_at + _PAID_ROUND:
                return Swept(looked_at=0, changed=0)
            self._paid_round_began_at = now
        with store_errors():
            page = await self._instructions.paid_since(
                now - _PAID_LOOKED_AT_FOR, after=self._paid_after, limit=_EACH_TURN
            )
        changed = 0
        for instruction in page:
            try:
                changed += await self._look_again(instruction)
            except DomainError as err:
                log.warning(
                    "sweep.postponed", instruction=instruction.instruction_id, reason=err.reason
                )
        is_full = len(page) == _EACH_TURN
        self._paid_after = (sent_at(page[-1]), page[-1].instruction_id) if is_full else None
        return Swept(looked_at=len(page), changed=changed)

    async def topups(self) -> Swept:
        """Top-ups of the last weeks, each once a day: a bank may have taken one back."""
        now = self._clock()
        began_at = self._topups_round_began_at
        if not self._topups_after:
            if began_at is not None and now < began_at + _PAID_ROUND:
                return Swept(looked_at=0, changed=0)
            self._topups_round_began_at = now
        with store_errors():
            page = await self._deposit_store.topups_since(
                now - _TOPUPS_LOOKED_AT_FOR, after=self._topups_after, limit=_EACH_TURN
            )
        changed = 0
        for deposit in page:
            try:
                changed += await self._deposits.look_again(deposit)
            except DomainError as err:
                log.warning("sweep.postponed", deposit=deposit.deposit_id, reason=err.reason)
        self._topups_after = page[-1].deposit_id if len(page) == _EACH_TURN else ""
        return Swept(looked_at=len(page), changed=changed)

    async def _look_again(self, instruction: Instruction) -> bool:
        """Whether it was news."""
        leg = instruction.leg
        if instruction.rail == MANUAL_CSV or not leg.rail_id:
            # What became of a payment by hand is told by hand.
            return False
        found = await self._rails.of(instruction.rail).fetch(
            leg.op, leg.rail_id, destination=instruction.destination
        )
        if found is None or found.instruction_id != instruction.instruction_id:
            return False
        seen = found
        changed = await self._journal.change(
            Change(
                instruction_id=instruction.instruction_id,
                statement_id=instruction.statement_id,
                decide=lambda current, _now: Ruling(
                    steps=() if current is None else (apply_rail_object(current, seen),)
                ),
            )
        )
        if changed.steps:
            log.warning(
                "sweep.payment_changed",
                instruction=instruction.instruction_id,
                state=found.state.value,
            )
        return bool(changed.steps)

    async def _measure(self) -> None:
        now = self._clock()
        with store_errors():
            oldest = await self._instructions.oldest()
        for action, since in oldest.items():
            age = 0.0 if since is None else (now - since).total_seconds()
            metrics.INSTRUCTION_OLDEST_SECONDS.labels(action.value).set(age)
