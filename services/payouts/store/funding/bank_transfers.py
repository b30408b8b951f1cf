"""Bank transfers, one document each, and the codes that clients write on them."""

from __future__ import annotations

from dataclasses import asdict

from services.chassis.mongo import (
    ASCENDING,
    DESCENDING,
    CollectionSpec,
    Document,
    IndexModel,
    MongoDatabase,
    Session,
    fetch,
)
from services.payouts.domain.funding.bank_transfers import BankTransfer, BankTransferState

BANK_TRANSFERS = "bank_transfers"
TRANSFER_REFERENCES = "transfer_references"

BANK_COLLECTIONS = (
    CollectionSpec(
        name=BANK_TRANSFERS,
        indexes=(
            # The bank's reference is the natural key: one movement, one transfer.
            IndexModel(
                [("reference", ASCENDING)],
                name="by_reference",
                unique=True,
                partialFilterExpression={"reference": {"$gt": ""}},
            ),
            # A client's list; and an operator's, by what is to be done.
            IndexModel([("client_id", ASCENDING), ("_id", DESCENDING)], name="by_client"),
            IndexModel([("state", ASCENDING), ("_id", DESCENDING)], name="by_state"),
        ),
    ),
    CollectionSpec(
        name=TRANSFER_REFERENCES,
        indexes=(IndexModel([("client_id", ASCENDING)], name="by_client", unique=True),),
    ),
)


class BankTransferStore:
    """Reads and writes them."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._transfers = database.collection(BANK_TRANSFERS)
        self._references = database.collection(TRANSFER_REFERENCES)

    async def insert(self, transfer: BankTransfer, *, session: Session) -> None:
        """A new one."""
        await self._transfers.insert_one(_document(transfer), session=session)

    async def replace(self, transfer: BankTransfer, *, session: Session) -> None:
        """The next version of one that this transaction has read."""
        await self._transfers.replace_one(
            {"_id": transfer.transfer_id}, _document(transfer), session=session
        )

    async def get(self, transfer_id: str, *, session: Session | None = None) -> BankTransfer | None:
        """None where there is none."""
        found = await self._transfers.find_one({"_id": transfer_id}, session=session)
        return None if found is None else _transfer(found)

    async def by_reference(self, reference: str, *, session: Session) -> BankTransfer | None:
        """The one that the bank's reference stands for."""
        found = await self._transfers.find_one({"reference": reference}, session=session)
        return None if found is None else _transfer(found)

    async def page(
        self, *, client_id: str, state: BankTransferState | None, before: str, limit: int
    ) -> list[BankTransfer]:
        """The newest first; of one client, of one state, or all."""
        query: Document = {}
        if client_id:
            query["client_id"] = client_id
        if state is not None:
            query["state"] = state.value
        if before:
            query["_id"] = {"$lt": before}
        found = self._transfers.find(query).sort("_id", DESCENDING).limit(limit)
        return [_transfer(document) for document in await fetch(found)]

    async def code_of(self, client_id: str, *, session: Session) -> str:
        """The client's code; empty where it has none yet."""
        found = await self._references.find_one({"client_id": client_id}, session=session)
        return "" if found is None else str(found["_id"])

    async def give_code(self, client_id: str, code: str, *, session: Session) -> bool:
        """False where another client has it."""
        if await self._references.find_one({"_id": code}, session=session) is not None:
            return False
        await self._references.insert_one({"_id": code, "client_id": client_id}, session=session)
        return True

    async def client_of(self, code: str, *, session: Session) -> str:
        """Whose code it is; empty where it is nobody's."""
        found = await self._references.find_one({"_id": code}, session=session)
        return "" if found is None else str(found["client_id"])


def _document(transfer: BankTransfer) -> Document:
    document = asdict(transfer)
    document["_id"] = document.pop("transfer_id")
    return document


def _transfer(document: Document) -> BankTransfer:
    known = {name: value for name, value in document.items() if name in BankTransfer.__slots__}
    known |= {"transfer_id": document["_id"], "state": BankTransferState(document["state"])}
    return BankTransfer(**known)
