"""Papers made and shown: receipts when money arrives, invoices of months that are over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.chassis.authentication import Principal
from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.ids import NewId
from services.chassis.logs import logger
from services.chassis.mongo import store_errors
from services.chassis.pages import Page, read_page
from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.payouts.domain.errors import CurrencyMismatch
from services.payouts.domain.ledger.money import Money, check_positive
from services.payouts.domain.papers.billing import Particulars
from services.payouts.domain.papers.papers import (
    CreditTooLarge,
    InvoiceSpanInvalid,
    NothingToInvoice,
    Paper,
    PaperKind,
    PaperNotFound,
    ProjectCosts,
    Tax,
    credit_note_content,
    frozen,
    invoice_content,
    month_start,
    next_month,
    receipt_content,
)
from services.payouts.papers.typesetting import Typeset
from services.payouts.papers.views import view_of
from services.payouts.store.answers.costs import ClientAccount, CostReads
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.papers.papers import PaperStore
from services.payouts.usecases.funding.incoming_books import Arrived
from services.payouts.usecases.papers.billing import NameClient, TaxClient

log = logger(__name__)

INVOICES = (PaperKind.INVOICE, PaperKind.CREDIT_NOTE)
RECEIPTS = (PaperKind.RECEIPT,)
_ACCOUNTS_EACH_PAGE = 200
_MONTHS_EACH_TURN_MAX = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who issues papers, what is added to invoices, and what stands below them."""

    particulars: Particulars
    tax: Tax
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDraft:
    """What an invoice would say, if nobody invoices the client meanwhile.

    `invoiced_until` is how far the client was invoiced when it was made, `is_over` whether
    nothing more can be recorded in the span.
    """

    client_id: str
    currency: str
    invoiced_until: datetime | None
    starts_at: datetime
    ends_at: datetime
    is_over: bool
    costs: tuple[ProjectCosts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFile:
    """A paper for people."""

    name: str
    pdf: bytes


class Papers:
    """Makes, lists and typesets them."""

    def __init__(
        self,
        *,
        transactions: Transactions,
        papers: PaperStore,
        costs: CostReads,
        projections: ProjectionStore,
        name_client: NameClient,
        tax_client: TaxClient,
        typeset: Typeset,
        issuer: Issuer,
        settled_after: timedelta,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        """`settled_after`: so long after a moment nothing is recorded before it any more."""
        self._transactions = transactions
        self._papers = papers
        self._costs = costs
        self._projections = projections
        self._name_client = name_client
        self._tax_client = tax_client
        self._typeset = typeset
        self._issuer = issuer
        self._settled_after = settled_after
        self._clock = clock
        self._new_id = new_id

    async def write_receipt(self, work: UnitOfWork, arrived: Arrived) -> None:
        """In the transaction that books it."""
        number = await self._papers.next_number(PaperKind.RECEIPT, session=work.session)
        content, digest = frozen(
            receipt_content(
                number=number,
                issuer=self._issuer.particulars,
                client=await self._name_client(work, arrived.client_id),
                currency=arrived.currency,
                amount_minor=arrived.amount_minor,
                how=arrived.how,
                source_id=arrived.source_id,
                rail_id=arrived.rail_id,
                received_at=arrived.effective_at,
                issued_at=work.now,
            )
        )
        paper = Paper(
            paper_id=self._new_id("rcp"),
            kind=PaperKind.RECEIPT,
            number=number,
            client_id=arrived.client_id,
            currency=arrived.currency,
            total_minor=arrived.amount_minor,
            created_at=work.now,
            content=content,
            sha256=digest,
            source_id=arrived.source_id,
        )
        await self._papers.insert(paper, session=work.session)

    async def draft(
        self, client_id: str, currency: str, *, ends_at: datetime | None
    ) -> InvoiceDraft:
        """What an invoice from where the last one ended would say; until `ends_at`, or now.

        Adding up a large client's entries takes longer than a transaction may, so it is done
        before: a span that is over is always read the same.
        """
        latest = self._clock() - self._settled_after
        with store_errors():
            account = await self._costs.account(client_id, currency)
            since = await self._papers.invoiced_until(client_id, currency)
            draft = InvoiceDraft(
                client_id=client_id,
                currency=currency,
                invoiced_until=since,
                starts_at=since or month_start(account.opened_at if account else latest),
                ends_at=ends_at or latest,
                is_over=ends_at is None or ends_at <= latest,
            )
            if account is None or not draft.is_over or draft.ends_at <= draft.starts_at:
                return draft
            costs = await self._costs.of_client(
                client_id, currency, starts_at=draft.starts_at, ends_at=draft.ends_at
            )
        return replace(draft, costs=tuple(costs))

    async def invoice(self, work: UnitOfWork, draft: InvoiceDraft) -> Paper:
        """Freezes a draft. Errors: NothingToInvoice, InvoiceSpanInvalid."""
        if not draft.is_over:
            raise InvoiceSpanInvalid(
                "the span is not over yet, or has just ended", field="end_time"
            )
        paper = await self._put(work, draft)
        if paper is None:
            raise NothingToInvoice(
                "nothing was booked for the client's projects in the span",
                client_id=draft.client_id,
            )
        return paper

    async def credit(
        self, work: UnitOfWork, invoice_id: str, *, amount: Money, reason: str
    ) -> Paper:
        """Takes back an invoice, or part of it.

        Errors: PaperNotFound, PaperAltered, CreditTooLarge, CurrencyMismatch, InvalidAmount.
        """
        amount_minor = check_positive(amount.amount_minor)
        invoice = await self._papers.get(invoice_id, session=work.session)
        if invoice is None or invoice.kind is not PaperKind.INVOICE:
            raise PaperNotFound("no such invoice", invoice_id=invoice_id)
        invoice.check()
        if amount.currency != invoice.currency:
            raise CurrencyMismatch(
                f"the invoice is in {invoice.currency}, not {amount.currency}",
                field="amount.currency",
                currency=amount.currency,
            )
        credited = await self._papers.add_credit(invoice_id, amount_minor, session=work.session)
        if credited > invoice.total_minor:
            raise CreditTooLarge(
                f"credit notes of {credited} would be more than the invoice's"
                f" {invoice.total_minor} {invoice.currency} minor units",
                field="amount.amount_minor",
            )
        number = await self._papers.next_number(PaperKind.CREDIT_NOTE, session=work.session)
        content, digest = frozen(
            credit_note_content(
                number=number,
                invoice=json.loads(invoice.content),
                amount_minor=amount_minor,
                reason=reason,
                issued_at=work.now,
            )
        )
        paper = Paper(
            paper_id=self._new_id("inv"),
            kind=PaperKind.CREDIT_NOTE,
            number=number,
            client_id=invoice.client_id,
            currency=invoice.currency,
            total_minor=-amount_minor,
            created_at=work.now,
            content=content,
            sha256=digest,
            source_id=invoice_id,
        )
        await self._papers.insert(paper, session=work.session)
        return paper

    async def turn(self) -> bool:
        """Invoices every client's months that are over; false: nothing more until later."""
        after = ""
        while True:
            with store_errors():
                page = await self._costs.accounts(after=after, limit=_ACCOUNTS_EACH_PAGE)
            for name, account in page:
                after = name
                try:
                    await self._invoice_months(account)
                except DomainError as err:
                    # One client's trouble stops nobody else's invoices.
                    log.warning("invoices.postponed", client=account.client_id, reason=err.reason)
            if len(page) < _ACCOUNTS_EACH_PAGE:
                return False

    async def get(self, principal: Principal, paper_id: str, kinds: tuple[PaperKind, ...]) -> Paper:
        """Errors: PaperNotFound, also where it is another client's; PaperAltered."""
        with store_errors():
            found = await self._papers.get(paper_id)
        is_own = found is not None and found.client_id == principal.organisation_id
        if (
            found is None
            or found.kind not in kinds
            or not (is_own or "OPERATOR" in principal.roles)
        ):
            raise PaperNotFound("no such paper", paper_id=paper_id)
        found.check()
        return found

    async def page(
        self, client_id: str, kinds: tuple[PaperKind, ...], *, size: int, token: str
    ) -> Page[Paper]:
        """A client's, the newest first. Errors: PageTokenInvalid."""
        with store_errors():
            return await read_page(
                scope=f"papers:{client_id}:{kinds[0]}",
                size=size,
                token=token,
                read=lambda before, limit: self._papers.page(
                    client_id=client_id, kinds=kinds, before=before, limit=limit
                ),
                position=lambda paper: paper.paper_id,
            )

    async def file(self, principal: Principal, paper_id: str) -> PaperFile:
        """Made of the frozen content, the same bytes every time.

        Errors: PaperNotFound, PaperAltered, PaperTooLarge, PaperDelayed.
        """
        paper = await self.get(principal, paper_id, (*INVOICES, *RECEIPTS))
        template, shown = view_of(json.loads(paper.content), sha256=paper.sha256)
        return PaperFile(name=f"{paper.number}.pdf", pdf=await self._typeset(template, shown))

    async def _invoice_months(self, account: ClientAccount) -> None:
        until = month_start(self._clock() - self._settled_after)
        for _ in range(_MONTHS_EACH_TURN_MAX):
            with store_errors():
                since = await self._papers.invoiced_until(account.client_id, account.currency)
            begins = since or month_start(account.opened_at)
            if begins >= until:
                return
            draft = await self.draft(
                account.client_id, account.currency, ends_at=next_month(month_start(begins))
            )

            async def body(work: UnitOfWork, draft: InvoiceDraft = draft) -> Paper | None:
                return await self._put(work, draft)

            paper = await self._transactions.run(body)
            if paper is not None:
                log.info("invoice.made", client=account.client_id, number=paper.number)

    async def _put(self, work: UnitOfWork, draft: InvoiceDraft) -> Paper | None:
        """None where nothing was booked; that is then settled, too."""
        client_id, currency = draft.client_id, draft.currency
        since = await self._papers.invoiced_until(client_id, currency, session=work.session)
        if since != draft.invoiced_until or draft.ends_at <= draft.starts_at:
            raise InvoiceSpanInvalid(
                "the span is invoiced already",
                field="end_time",
                until=(since or draft.starts_at).isoformat(),
            )
        await self._papers.invoice_until(client_id, currency, draft.ends_at, session=work.session)
        if not draft.costs:
            return None
        number = await self._papers.next_number(PaperKind.INVOICE, session=work.session)
        said = invoice_content(
            number=number,
            issuer=self._issuer.particulars,
            client=await self._name_client(work, client_id),
            currency=currency,
            costs=await self._titled(work, draft.costs),
            tax=await self._tax_client(work, client_id, self._issuer.tax),
            notes=self._issuer.notes,
            starts_at=draft.starts_at,
            ends_at=draft.ends_at,
            issued_at=work.now,
        )
        content, digest = frozen(said)
        paper = Paper(
            paper_id=self._new_id("inv"),
            kind=PaperKind.INVOICE,
            number=number,
            client_id=client_id,
            currency=currency,
            total_minor=said["gross_minor"],
            created_at=work.now,
            content=content,
            sha256=digest,
            starts_at=draft.starts_at,
            ends_at=draft.ends_at,
        )
        await self._papers.insert(paper, session=work.session)
        return paper

    async def _titled(
        self, work: UnitOfWork, costs: Sequence[ProjectCosts]
    ) -> tuple[ProjectCosts, ...]:
        """With the projects' names, as far as they are known when the invoice is frozen."""
        known = await self._projections.projects(
            [one.project_id for one in costs], session=work.session
        )
        return tuple(
            replace(one, project_name=known[one.project_id].name)
            if one.project_id in known
            else one
            for one in costs
        )
