"""What clients and operators see of the money that came in through the payment provider."""

from __future__ import annotations

from services.chassis.authentication import Principal
from services.chassis.errors import DomainError, Kind
from services.chassis.mongo import store_errors
from services.chassis.pages import Page, read_page
from services.payouts.domain.answers.parties import AccountNotFound, ClientMissing
from services.payouts.domain.funding.deposits import Deposit
from services.payouts.store.funding.deposits import DepositStore


class PaymentNotFound(DomainError):
    """No such payment, or another client's."""

    kind, reason = Kind.NOT_FOUND, "PAYMENT_NOT_FOUND"


class PaymentInspection:
    """Reads."""

    def __init__(self, *, deposits: DepositStore) -> None:
        self._deposits = deposits

    async def get(self, principal: Principal, payment_id: str) -> Deposit:
        """Errors: PaymentNotFound, also where it is another client's."""
        with store_errors():
            found = await self._deposits.get(payment_id)
        is_own = found is not None and found.client_id == principal.organisation_id
        if found is None or not (is_own or "OPERATOR" in principal.roles):
            raise PaymentNotFound("no such payment", payment_id=payment_id)
        return found

    async def page(
        self, principal: Principal, client_id: str, *, size: int, token: str
    ) -> Page[Deposit]:
        """The newest first. Errors: ClientMissing, AccountNotFound, PageTokenInvalid."""
        whose = client_named(principal, client_id)
        with store_errors():
            return await read_page(
                scope=f"payments:{whose}",
                size=size,
                token=token,
                read=lambda before, limit: self._deposits.page(whose, before=before, limit=limit),
                position=lambda deposit: deposit.deposit_id,
            )


def client_named(principal: Principal, client_id: str) -> str:
    """Whose money is meant: the caller's own, or the client that an operator names.

    Errors: ClientMissing, AccountNotFound (another client's).
    """
    if "OPERATOR" in principal.roles:
        if not client_id:
            raise ClientMissing("say which client is meant", field="client_id")
        return client_id
    if client_id not in ("", principal.organisation_id):
        raise AccountNotFound("no such client", client_id=client_id)
    return principal.organisation_id
