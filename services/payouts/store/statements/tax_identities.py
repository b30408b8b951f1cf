"""Tax identities: one document a version, never changed but to encrypt its number anew."""

from __future__ import annotations

from collections.abc import Sequence

from services.chassis.mongo import ASCENDING, DESCENDING, Document, MongoDatabase, Session
from services.payouts.domain.statements.statement_lines import Payee, PayeeKind
from services.payouts.domain.statements.tax_forms import (
    SealedNumber,
    TaxForm,
    TaxIdentity,
    TaxIdType,
)
from services.payouts.store.statements.tax_collections import TAX_IDENTITIES


class TaxIdentityStore:
    """Reads and writes tax identities."""

    def __init__(self, *, database: MongoDatabase) -> None:
        self._identities = database.collection(TAX_IDENTITIES)

    async def insert(self, identity: TaxIdentity, *, session: Session) -> None:
        """A new version; whoever comes second with the same one is refused by the index."""
        await self._identities.insert_one(_document(identity), session=session)

    async def newest(self, payee_id: str, *, session: Session | None = None) -> TaxIdentity | None:
        """What holds now; None where the payee has given nothing."""
        found = await (
            self._identities.find({"payee_id": payee_id}, session=session)
            .sort("version", DESCENDING)
            .limit(1)
            .to_list(1)
        )
        return _identity(found[0]) if found else None

    async def newest_of(
        self, payee_ids: Sequence[str], *, session: Session | None = None
    ) -> dict[str, TaxIdentity]:
        """The newest of each that has given any."""
        found = self._identities.find({"payee_id": {"$in": list(payee_ids)}}, session=session).sort(
            "version", ASCENDING
        )
        return {document["payee_id"]: _identity(document) async for document in found}

    async def others_with(self, identity: TaxIdentity, *, limit: int) -> list[str]:
        """Other payees that have ever given the same number, in the order of their ids."""
        found = self._identities.aggregate(
            [
                {
                    "$match": {
                        "digest": identity.number.digest,
                        "payee_id": {"$ne": identity.payee.payee_id},
                    }
                },
                {"$group": {"_id": "$payee_id"}},
                {"$sort": {"_id": ASCENDING}},
                {"$limit": limit},
            ]
        )
        return [document["_id"] async for document in found]

    async def sealed_under(self, key_ids: Sequence[str], *, limit: int) -> list[TaxIdentity]:
        """Some whose number is encrypted under one of these keys."""
        found = self._identities.find({"key_id": {"$in": list(key_ids)}}).limit(limit)
        return [_identity(document) for document in await found.to_list(limit)]

    async def reseal(self, identity: TaxIdentity, sealed: SealedNumber) -> bool:
        """The same number under another key; false if somebody else did it meanwhile."""
        done = await self._identities.update_one(
            {"_id": _id(identity), "key_id": identity.number.key_id},
            {"$set": {"key_id": sealed.key_id, "ciphertext": sealed.ciphertext}},
        )
        return bool(done.modified_count)


def _id(identity: TaxIdentity) -> str:
    return f"{identity.payee.payee_id}:{identity.version}"


def _document(identity: TaxIdentity) -> Document:
    number = identity.number
    return {
        "_id": _id(identity),
        "payee_id": identity.payee.payee_id,
        "payee_kind": identity.payee.kind.value,
        "version": identity.version,
        "form": identity.form.value,
        "country": identity.country,
        "id_type": identity.id_type.value,
        "legal_name": identity.legal_name,
        "key_id": number.key_id,
        "ciphertext": number.ciphertext,
        "digest": number.digest,
        "last_four": number.last_four,
        "certified_at": identity.certified_at,
    }


def _identity(document: Document) -> TaxIdentity:
    return TaxIdentity(
        payee=Payee(kind=PayeeKind(document["payee_kind"]), payee_id=document["payee_id"]),
        version=document["version"],
        form=TaxForm(document["form"]),
        country=document["country"],
        id_type=TaxIdType(document["id_type"]),
        legal_name=document["legal_name"],
        number=SealedNumber(
            key_id=document["key_id"],
            ciphertext=bytes(document["ciphertext"]),
            digest=document["digest"],
            last_four=document["last_four"],
        ),
        certified_at=document["certified_at"],
    )
