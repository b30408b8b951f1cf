"""Operations on `bank_transfers`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import BankTransfer, BankTransferState, CreateTransferReferenceResponse, Money
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_CREATE_TRANSFER_REFERENCE = Route[CreateTransferReferenceResponse](
    method="POST", path="/v1/transfer-references", body="*"
)

_ANNOUNCE_BANK_TRANSFER = Route[BankTransfer](
    method="POST", path="/v1/bank-transfers:announce", body="*", unwrap="bank_transfer"
)

_RECORD_BANK_TRANSFER = Route[BankTransfer](
    method="POST", path="/v1/bank-transfers", body="*", unwrap="bank_transfer"
)

_CONFIRM_BANK_TRANSFER = Route[BankTransfer](
    method="POST",
    path="/v1/bank-transfers/{bank_transfer_id}:confirm",
    body="*",
    unwrap="bank_transfer",
)

_REJECT_BANK_TRANSFER = Route[BankTransfer](
    method="POST",
    path="/v1/bank-transfers/{bank_transfer_id}:reject",
    body="*",
    unwrap="bank_transfer",
)

_GET_BANK_TRANSFER = Route[BankTransfer](
    method="GET", path="/v1/bank-transfers/{bank_transfer_id}", unwrap="bank_transfer"
)

_LIST_BANK_TRANSFERS = PageRoute[BankTransfer](
    method="GET", path="/v1/bank-transfers", unwrap="bank_transfers"
)


class BankTransfersApi:
    """Operations on `bank_transfers`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def reference(
        self, *, client_id: str | None = None, idempotency_key: str | None = None
    ) -> CreateTransferReferenceResponse:
        """The code that a client writes on its bank transfers, so that they are known as its own.
        A repeat gives the same. Errors: CLIENT_MISSING.

        Args:
            client_id: Operators name a client; for a client it is the own organisation.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _CREATE_TRANSFER_REFERENCE, {"client_id": client_id}, idempotency_key
        )

    def announce(
        self, *, amount: Money, sender: str, idempotency_key: str | None = None
    ) -> BankTransfer:
        """The calling client says that a bank transfer is on its way; nothing is booked for it.

        Args:
            sender: Who sends it, as the bank will name them.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _ANNOUNCE_BANK_TRANSFER, {"amount": amount, "sender": sender}, idempotency_key
        )

    def record(
        self,
        *,
        amount: Money,
        value_date: str,
        bank_reference: str,
        sender: str,
        client_id: str | None = None,
        transfer_reference: str | None = None,
        bank_transfer_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> BankTransfer:
        """A transfer has reached the platform's bank account: written down as the bank states it,
        under the bank's reference, and booked when it is confirmed. A repeat with the same
        facts changes nothing. Errors: BANK_REFERENCE_USED (with other facts), CLIENT_MISSING,
        TRANSFER_REFERENCE_NOT_FOUND, BANK_TRANSFER_NOT_FOUND, BANK_TRANSFER_STATE_INVALID.

        Args:
            client_id: Whose money it is: a client, or the code that stands on the transfer, or
                one that was announced.
            value_date: The day from which the bank counts it, as YYYY-MM-DD.
            bank_reference: The bank's own id of the movement, which no other has.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _RECORD_BANK_TRANSFER,
            {
                "client_id": client_id,
                "transfer_reference": transfer_reference,
                "bank_transfer_id": bank_transfer_id,
                "amount": amount,
                "value_date": value_date,
                "bank_reference": bank_reference,
                "sender": sender,
            },
            idempotency_key,
        )

    def confirm(self, bank_transfer_id: str, *, idempotency_key: str | None = None) -> BankTransfer:
        """The second look: the client's funds grow, once. Errors: BANK_TRANSFER_NOT_FOUND,
        BANK_TRANSFER_STATE_INVALID, SECOND_PERSON_NEEDED (whoever recorded it may not confirm
        it).

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _CONFIRM_BANK_TRANSFER, {"bank_transfer_id": bank_transfer_id}, idempotency_key
        )

    def reject(
        self, bank_transfer_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> BankTransfer:
        """A transfer that was announced or recorded is none. What is confirmed stays. Errors:
        BANK_TRANSFER_NOT_FOUND, BANK_TRANSFER_STATE_INVALID.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _REJECT_BANK_TRANSFER,
            {"bank_transfer_id": bank_transfer_id, "reason": reason},
            idempotency_key,
        )

    def get(self, bank_transfer_id: str) -> BankTransfer:
        """Errors: BANK_TRANSFER_NOT_FOUND."""
        return self._http.send(_GET_BANK_TRANSFER, {"bank_transfer_id": bank_transfer_id})

    def list(
        self,
        *,
        client_id: str | None = None,
        state: BankTransferState | None = None,
        page_size: int | None = None,
    ) -> Pages[BankTransfer]:
        """Newest first; clients see their own.

        Args:
            client_id: Operators may name a client; for a client it is the own organisation.
            state: Left out, all states.
        """
        return Pages(
            self._http,
            _LIST_BANK_TRANSFERS,
            {"client_id": client_id, "state": state, "page_size": page_size},
        )


class AsyncBankTransfersApi:
    """Operations on `bank_transfers`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def reference(
        self, *, client_id: str | None = None, idempotency_key: str | None = None
    ) -> CreateTransferReferenceResponse:
        """The code that a client writes on its bank transfers, so that they are known as its own.
        A repeat gives the same. Errors: CLIENT_MISSING.

        Args:
            client_id: Operators name a client; for a client it is the own organisation.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _CREATE_TRANSFER_REFERENCE, {"client_id": client_id}, idempotency_key
        )

    async def announce(
        self, *, amount: Money, sender: str, idempotency_key: str | None = None
    ) -> BankTransfer:
        """The calling client says that a bank transfer is on its way; nothing is booked for it.

        Args:
            sender: Who sends it, as the bank will name them.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _ANNOUNCE_BANK_TRANSFER, {"amount": amount, "sender": sender}, idempotency_key
        )

    async def record(
        self,
        *,
        amount: Money,
        value_date: str,
        bank_reference: str,
        sender: str,
        client_id: str | None = None,
        transfer_reference: str | None = None,
        bank_transfer_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> BankTransfer:
        """A transfer has reached the platform's bank account: written down as the bank states it,
        under the bank's reference, and booked when it is confirmed. A repeat with the same
        facts changes nothing. Errors: BANK_REFERENCE_USED (with other facts), CLIENT_MISSING,
        TRANSFER_REFERENCE_NOT_FOUND, BANK_TRANSFER_NOT_FOUND, BANK_TRANSFER_STATE_INVALID.

        Args:
            client_id: Whose money it is: a client, or the code that stands on the transfer, or
                one that was announced.
            value_date: The day from which the bank counts it, as YYYY-MM-DD.
            bank_reference: The bank's own id of the movement, which no other has.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _RECORD_BANK_TRANSFER,
            {
                "client_id": client_id,
                "transfer_reference": transfer_reference,
                "bank_transfer_id": bank_transfer_id,
                "amount": amount,
                "value_date": value_date,
                "bank_reference": bank_reference,
                "sender": sender,
            },
            idempotency_key,
        )

    async def confirm(
        self, bank_transfer_id: str, *, idempotency_key: str | None = None
    ) -> BankTransfer:
        """The second look: the client's funds grow, once. Errors: BANK_TRANSFER_NOT_FOUND,
        BANK_TRANSFER_STATE_INVALID, SECOND_PERSON_NEEDED (whoever recorded it may not confirm
        it).

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _CONFIRM_BANK_TRANSFER, {"bank_transfer_id": bank_transfer_id}, idempotency_key
        )

    async def reject(
        self, bank_transfer_id: str, *, reason: str, idempotency_key: str | None = None
    ) -> BankTransfer:
        """A transfer that was announced or recorded is none. What is confirmed stays. Errors:
        BANK_TRANSFER_NOT_FOUND, BANK_TRANSFER_STATE_INVALID.

        Args:
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _REJECT_BANK_TRANSFER,
            {"bank_transfer_id": bank_transfer_id, "reason": reason},
            idempotency_key,
        )

    async def get(self, bank_transfer_id: str) -> BankTransfer:
        """Errors: BANK_TRANSFER_NOT_FOUND."""
        return await self._http.send(_GET_BANK_TRANSFER, {"bank_transfer_id": bank_transfer_id})

    def list(
        self,
        *,
        client_id: str | None = None,
        state: BankTransferState | None = None,
        page_size: int | None = None,
    ) -> AsyncPages[BankTransfer]:
        """Newest first; clients see their own.

        Args:
            client_id: Operators may name a client; for a client it is the own organisation.
            state: Left out, all states.
        """
        return AsyncPages(
            self._http,
            _LIST_BANK_TRANSFERS,
            {"client_id": client_id, "state": state, "page_size": page_size},
        )
