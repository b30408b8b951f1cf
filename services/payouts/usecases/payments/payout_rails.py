"""On which rail each payee is paid: what is allowed, who chose what, and where the money goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from services.chassis.authentication import Principal
from services.chassis.mongo import store_errors
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.ledger.accounts import MANUAL_CSV, STRIPE
from services.payouts.domain.payments.bank_details import BankDetails, SealedBankDetails, normalised
from services.payouts.domain.payments.payments import (
    ACCOUNT_MISSING,
    BANK_CURRENCY_MISSING,
    BANK_DETAILS_MISSING,
    NO_RAIL,
    TRANSFERS_DISABLED,
)
from services.payouts.domain.payments.payout_rails import (
    Corridors,
    RailChoice,
    check_choice,
    rail_of,
)
from services.payouts.domain.payments.rail_errors import PaidByVendor, PayeeNotFound
from services.payouts.domain.statements.statement_lines import Payee, PayeeKind
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.payments.payout_accounts import PayoutAccountStore
from services.payouts.store.payments.payout_rails import BankDetailsStore, RailChoiceStore
from services.payouts.store.statements.statements import StatementStore
from services.payouts.usecases.payments.payees import own_payee_id, payee_of


class Cipher(Protocol):
    """What hides bank details: `ciphers.bank.BankCipher`."""

    def seal(self, details: BankDetails, *, payee_id: str, version: int) -> tuple[str, bytes]:
        """The id of the key, and the ciphertext."""

    def open(self, sealed: SealedBankDetails) -> BankDetails:
        """Errors: BankDetailsUnreadable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a payee's money goes now, or why it cannot go.

    `reaches_bank`: whether the second call, where there is one, may go. `currencies`: those that
    arrive as they were sent; empty: not known.
    """

    rail: str = ""
    destination: str = ""
    reason: str = ""
    reaches_bank: bool = True
    currencies: tuple[str, ...] = ()

    def for_currency(self, currency: str) -> Route:
        """The same for a payment; what would be changed on the way is not sent."""
        if self.reason or not self.currencies or currency in self.currencies:
            return self
        return replace(self, reason=BANK_CURRENCY_MISSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class RailsView:
    """A payee's rails as the payee and operators see them; the newest choice first."""

    payee_id: str
    country: str
    rail: str
    allowed: tuple[str, ...]
    choices: tuple[RailChoice, ...]
    bank_last_four: str = ""
    bank_given_at: datetime | None = None


class PayoutRails:
    """Chooses, shows, and finds the way."""

    def __init__(
        self,
        *,
        corridors: Corridors,
        choices: RailChoiceStore,
        statements: StatementStore,
        bank_details: BankDetailsStore,
        projections: ProjectionStore,
        accounts: Mapping[str, PayoutAccountStore],
        cipher: Cipher,
    ) -> None:
        """`accounts`: of every rail that opens accounts for payees."""
        self._corridors = corridors
        self._choices = choices
        self._statements = statements
        self._bank_details = bank_details
        self._projections = projections
        self._accounts = dict(accounts)
        self._cipher = cipher

    async def view(self, principal: Principal, payee_id: str) -> RailsView:
        """The caller's own, or for operators anybody's. Errors: PayeeNotFound, PaidByVendor."""
        payee, country = await self._whose(principal, payee_id)
        return await self._view(payee, country)

    async def choose(
        self, work: UnitOfWork, principal: Principal, *, payee_id: str, rail: str, reason: str
    ) -> None:
        """Adds a choice; the one that counts already adds nothing.

        Errors: PayeeNotFound, PaidByVendor, RailNotAllowed.
        """
        payee, country = await self._whose(principal, payee_id)
        check_choice(self._corridors.allowed(country), rail=rail, country=country)
        known = await self._choices.of(payee.payee_id, session=work.session)
        if known and known[0].rail == rail:
            return
        choice = RailChoice(
            payee_id=payee.payee_id,
            number=known[0].number + 1 if known else 1,
            rail=rail,
            chosen_by=principal.subject_id,
            chosen_at=work.now,
            reason=reason,
        )
        await self._choices.add(choice, session=work.session)
        await self._statements.look_now(payee.payee_id, now=work.now, session=work.session)

    async def give_bank_details(
        self, work: UnitOfWork, payee: Payee, details: Mapping[str, str]
    ) -> None:
        """Adds a version. Errors: BankDetailsInvalid."""
        given = BankDetails(
            account_holder=details["account_holder"].strip(),
            account_number=normalised(details["account_number"]),
            bank_code=normalised(details["bank_code"]),
            bank_name=details["bank_name"].strip(),
            bank_country=details["bank_country"],
        )
        known = await self._bank_details.newest([payee.payee_id], session=work.session)
        before = known.get(payee.payee_id)
        version = 1 if before is None else before.version + 1
        key_id, ciphertext = self._cipher.seal(given, payee_id=payee.payee_id, version=version)
        await self._bank_details.add(
            SealedBankDetails(
                payee_id=payee.payee_id,
                version=version,
                key_id=key_id,
                ciphertext=ciphertext,
                last_four=given.last_four,
                given_at=work.now,
            ),
            session=work.session,
        )
        await self._statements.look_now(payee.payee_id, now=work.now, session=work.session)

    async def payee(self, principal: Principal) -> tuple[Payee, str]:
        """The caller as a payee, and the country. Errors: PayeeNotFound, PaidByVendor."""
        return await payee_of(principal, self._projections)

    async def rail_seen(self, principal: Principal, payee_id: str) -> str:
        """The one that counts for whom the caller asks about; empty where nobody is known."""
        try:
            payee, country = await self._whose(principal, payee_id)
        except (PayeeNotFound, PaidByVendor):
            return ""
        return await self.rail_of(payee, country=country)

    async def rail_of(self, payee: Payee, *, country: str) -> str:
        """The one that counts; empty where none reaches."""
        choices = await self._choices.newest([payee.payee_id])
        return rail_of(self._corridors.allowed(country), choices.get(payee.payee_id))

    async def settles_at_once(self, account_id: str) -> bool:
        """Tells whether what is transferred to an account may leave it at once.

        Under the recipient agreement, which people elsewhere sign, it takes a day
        (docs.stripe.com/connect/service-agreement-types).
        """
        with store_errors():
            account = await self._accounts[STRIPE].of_account(account_id)
        return account is not None and account.country == self._corridors.platform_country

    async def routes(self, payees: Sequence[Payee]) -> dict[str, Route]:
        """Where each payee's money goes now, by payee."""
        countries = await self._countries(payees)
        ids = [payee.payee_id for payee in payees]
        choices = await self._choices.newest(ids)
        rails = {
            payee_id: rail_of(
                self._corridors.allowed(countries.get(payee_id, "")), choices.get(payee_id)
            )
            for payee_id in ids
        }
        found: dict[str, Route] = {}
        for rail in sorted(set(rails.values())):
            on_it = [payee_id for payee_id in ids if rails[payee_id] == rail]
            found |= await self._routes_on(rail, on_it)
        return found

    async def _routes_on(self, rail: str, payee_ids: list[str]) -> dict[str, Route]:
        if not rail:
            return {payee_id: Route(reason=NO_RAIL) for payee_id in payee_ids}
        if rail == MANUAL_CSV:
            details = await self._bank_details.newest(payee_ids)
            return {
                payee_id: Route(
                    rail=rail,
                    destination=payee_id,
                    reason="" if payee_id in details else BANK_DETAILS_MISSING,
                )
                for payee_id in payee_ids
            }
        accounts = await self._accounts[rail].get_many(payee_ids)
        routes: dict[str, Route] = {}
        for payee_id in payee_ids:
            account = accounts.get(payee_id)
            if account is None or not account.account_id:
                routes[payee_id] = Route(rail=rail, reason=ACCOUNT_MISSING)
                continue
            routes[payee_id] = Route(
                rail=rail,
                destination=account.account_id,
                reason="" if account.transfers_enabled else TRANSFERS_DISABLED,
                reaches_bank=account.payouts_enabled,
                currencies=account.bank_currencies,
            )
        return routes

    async def _view(self, payee: Payee, country: str) -> RailsView:
        allowed = self._corridors.allowed(country)
        with store_errors():
            choices = await self._choices.of(payee.payee_id)
            details = (await self._bank_details.newest([payee.payee_id])).get(payee.payee_id)
        return RailsView(
            payee_id=payee.payee_id,
            country=country,
            rail=rail_of(allowed, choices[0] if choices else None),
            allowed=allowed,
            choices=tuple(choices),
            bank_last_four="" if details is None else details.last_four,
            bank_given_at=None if details is None else details.given_at,
        )

    async def _whose(self, principal: Principal, payee_id: str) -> tuple[Payee, str]:
        own = own_payee_id(principal)
        if own:
            if payee_id not in ("", own):
                raise PayeeNotFound("no such payee", payee_id=payee_id)
            return await self.payee(principal)
        for payee in (
            Payee(kind=PayeeKind.VENDOR, payee_id=payee_id),
            Payee(kind=PayeeKind.CONTRACTOR, payee_id=payee_id),
        ):
            country = (await self._countries([payee])).get(payee_id)
            if country is not None:
                return payee, country
        raise PayeeNotFound("no such payee", payee_id=payee_id)

    async def _countries(self, payees: Sequence[Payee]) -> dict[str, str]:
        vendor_ids = [one.payee_id for one in payees if one.kind is PayeeKind.VENDOR]
        others = [one.payee_id for one in payees if one.kind is PayeeKind.CONTRACTOR]
        with store_errors():
            vendors = await self._projections.vendors(vendor_ids)
            contractors = await self._projections.contractors(others)
        return {
            **{vendor_id: vendor.country for vendor_id, vendor in vendors.items()},
            **{one_id: contractor.country for one_id, contractor in contractors.items()},
        }
