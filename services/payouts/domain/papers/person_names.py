"""Names of people, kept beside frozen documents and never in them, so that they can be erased.

A document has of each person a seal: a hash over the name and a salt that is kept with the name.
While the name is there, the seal proves that it is the one of when the document was made. Once name
and salt are erased, the seal says nothing, and the document is as whole as before.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from services.chassis.errors import DomainError, Kind

SALT_BYTES: Final = 16
# 128 bits: nobody finds another name to a seal.
_SEAL_BYTES: Final = 16


class NameAltered(DomainError):
    """A kept name is not the one that was sealed."""

    kind, reason = Kind.PRECONDITION, "NAME_ALTERED"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """What a person is called from a version of their record on."""

    contractor_id: str
    version: int
    name: str = field(repr=False)
    salt: bytes = field(repr=False)

    @property
    def seal(self) -> str:
        """The version and the hash, as documents have them."""
        told = self.salt + f"{self.contractor_id}:{self.version}:{self.name}".encode()
        digest = hashlib.sha256(told).digest()[:_SEAL_BYTES]
        return f"{self.version}:{urlsafe_b64encode(digest).decode().rstrip('=')}"


def version_of(seal: str) -> int:
    """Return which version of a name a seal is of."""
    return int(seal.partition(":")[0])


def proven(seals: Mapping[str, str], kept: Mapping[str, PersonName]) -> dict[str, str]:
    """Return the names by person, as they were sealed; those that were erased are missing.

    Errors: NameAltered.
    """
    names: dict[str, str] = {}
    for contractor_id, seal in seals.items():
        found = kept.get(contractor_id)
        if found is None:
            continue
        if found.seal != seal:
            raise NameAltered(
                "the name that is kept is not the one that was sealed",
                contractor_id=contractor_id,
            )
        names[contractor_id] = found.name
    return names
