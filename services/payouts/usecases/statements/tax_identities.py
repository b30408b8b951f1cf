"""Tax forms of payees: certified by themselves, hidden at rest, told to operators as a state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.chassis.authentication import Principal
from services.chassis.clock import Clock
from services.chassis.errors import DomainError
from services.chassis.logs import logger
from services.chassis.loops import Loop
from services.chassis.mongo import Session, store_errors
from services.chassis.unit_of_work import UnitOfWork
from services.payouts.domain.statements.statement_lines import Payee, PayeeKind
from services.payouts.domain.statements.tax_forms import (
    FormState,
    SealedNumber,
    TaxFacts,
    TaxForm,
    TaxFormPolicy,
    TaxIdentity,
    TaxIdentityNotFound,
    TaxIdType,
    check_form,
    facts_of,
    normalised_number,
)
from services.payouts.store.answers.projections import ProjectionStore
from services.payouts.store.statements.statements import StatementStore
from services.payouts.store.statements.tax_identities import TaxIdentityStore
from services.payouts.usecases.payments.payees import own_payee_id, payee_of

log = logger(__name__)

_OTHERS_MAX = 100
_RESEALED_AT_ONCE = 100


class Cipher(Protocol):
    """What hides numbers: `ciphers.tax.TaxCipher`."""

    current_key_id: str
    older_key_ids: tuple[str, ...]

    def seal(self, number: str, *, payee: Payee, country: str, id_type: TaxIdType) -> SealedNumber:
        """Encrypt and hash."""

    def open(self, number: SealedNumber, *, payee: Payee, id_type: TaxIdType) -> str:
        """Decrypt. Errors: TaxNumberUnreadable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """What a payee says; the number as it was typed."""

    form: TaxForm
    country: str
    id_type: TaxIdType
    number: str
    legal_name: str

    def __repr__(self) -> str:
        """Without the number: this may be logged."""
        return f"Certified(form={self.form!r}, country={self.country!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxIdentityView:
    """As much of it as the caller may see."""

    identity: TaxIdentity
    state: FormState
    last_four: str
    """Empty for operators."""
    same_number_payee_ids: tuple[str, ...] = ()
    """For operators: other payees that gave the same number."""


class TaxIdentities:
    """Takes forms, shows them, and seals numbers again when the key changes."""

    def __init__(
        self,
        *,
        identities: TaxIdentityStore,
        statements: StatementStore,
        projections: ProjectionStore,
        cipher: Cipher,
        policy: TaxFormPolicy,
        clock: Clock,
        reseal_seconds: float,
    ) -> None:
        self._identities = identities
        self._statements = statements
        self._projections = projections
        self._cipher = cipher
        self._policy = policy
        self._clock = clock
        self._loop = Loop(name="tax_numbers", turn=self.turn, pause_seconds=reseal_seconds)

    async def run(self) -> None:
        """Until stop()."""
        await self._loop.run()

    async def stop(self) -> None:
        """Ends run() after the step in hand."""
        await self._loop.stop()

    async def payee(self, principal: Principal) -> tuple[Payee, str]:
        """The caller as a payee, and the country. Errors: PayeeNotFound, PaidByVendor."""
        return await payee_of(principal, self._projections)

    async def certify(self, work: UnitOfWork, payee: Payee, said: Certified) -> TaxIdentityView:
        """The next version of the payee's form. Errors: TaxIdentityInvalid."""
        number = normalised_number(said.number)
        check_form(payee, form=said.form, country=said.country, id_type=said.id_type, number=number)
        known = await self._identities.newest(payee.payee_id, session=work.session)
        identity = TaxIdentity(
            payee=payee,
            version=1 if known is None else known.version + 1,
            form=said.form,
            country=said.country,
            id_type=said.id_type,
            legal_name=said.legal_name,
            number=self._cipher.seal(
                number, payee=payee, country=said.country, id_type=said.id_type
            ),
            certified_at=work.now,
        )
        await self._identities.insert(identity, session=work.session)
        await self._statements.look_now(payee.payee_id, now=work.now, session=work.session)
        return _own_view(identity, at=work.now)

    async def get(self, principal: Principal, payee_id: str) -> TaxIdentityView:
        """The newest. Errors: TaxIdentityNotFound."""
        own = own_payee_id(principal)
        if own and payee_id not in ("", own):
            raise TaxIdentityNotFound("no such tax form", payee_id=payee_id)
        with store_errors():
            identity = await self._identities.newest(own or payee_id)
            if identity is None:
                raise TaxIdentityNotFound("no tax form was given", payee_id=own or payee_id)
            if own:
                return _own_view(identity, at=self._clock())
            others = await self._identities.others_with(identity, limit=_OTHERS_MAX)
        return TaxIdentityView(
            identity=identity,
            state=identity.state(at=self._clock()),
            last_four="",
            same_number_payee_ids=tuple(others),
        )

    async def facts(
        self, payees: Sequence[Payee], *, at: datetime, session: Session | None = None
    ) -> dict[Payee, TaxFacts]:
        """What of each decides about taxes at that time."""
        ids = [payee.payee_id for payee in payees]
        identities = await self._identities.newest_of(ids, session=session)
        countries = await self.countries(payees, session=session)
        return {
            payee: facts_of(
                payee, identities.get(payee.payee_id), country=countries.get(payee, ""), at=at
            )
            for payee in payees
        }

    async def refusals(self, payees: Sequence[Payee], *, at: datetime) -> dict[Payee, str]:
        """Of those whose payment waits for a form, why."""
        if not self._policy.waiting_countries:
            return {}
        with store_errors():
            facts = await self.facts(payees, at=at)
        reasons = {payee: self._policy.refusal(found) for payee, found in facts.items()}
        return {payee: reason for payee, reason in reasons.items() if reason}

    async def legal_names(
        self, payees: Sequence[Payee], *, session: Session | None = None
    ) -> dict[Payee, str]:
        """Of those that have given one."""
        found = await self._identities.newest_of(
            [payee.payee_id for payee in payees], session=session
        )
        return {
            payee: found[payee.payee_id].legal_name for payee in payees if payee.payee_id in found
        }

    async def turn(self) -> bool:
        """Seals some numbers under the current key; true if there may be more."""
        older = self._cipher.older_key_ids
        if not older:
            return False
        with store_errors():
            found = await self._identities.sealed_under(older, limit=_RESEALED_AT_ONCE)
        resealed = 0
        for identity in found:
            try:
                number = self._cipher.open(
                    identity.number, payee=identity.payee, id_type=identity.id_type
                )
            except DomainError as err:
                # One that was altered keeps the others from nothing.
                log.warning(
                    "tax_number.unreadable", payee=identity.payee.payee_id, reason=err.reason
                )
                continue
            sealed = self._cipher.seal(
                number, payee=identity.payee, country=identity.country, id_type=identity.id_type
            )
            with store_errors():
                resealed += await self._identities.reseal(identity, sealed)
        if resealed:
            log.info("tax_numbers.resealed", count=resealed, key_id=self._cipher.current_key_id)
        return resealed == _RESEALED_AT_ONCE

    async def countries(
        self, payees: Sequence[Payee], *, session: Session | None = None
    ) -> Mapping[Payee, str]:
        """Where those are that the other services have told of."""
        vendors = [one.payee_id for one in payees if one.kind is PayeeKind.VENDOR]
        persons = [one.payee_id for one in payees if one.kind is PayeeKind.CONTRACTOR]
        of_vendors = await self._projections.vendors(vendors, session=session)
        of_persons = await self._projections.contractors(persons, session=session)
        countries = {
            Payee(kind=PayeeKind.VENDOR, payee_id=vendor_id): vendor.country
            for vendor_id, vendor in of_vendors.items()
        }
        return countries | {
            Payee(kind=PayeeKind.CONTRACTOR, payee_id=person_id): person.country
            for person_id, person in of_persons.items()
        }


def _own_view(identity: TaxIdentity, *, at: datetime) -> TaxIdentityView:
    return TaxIdentityView(
        identity=identity, state=identity.state(at=at), last_four=identity.number.last_four
    )
