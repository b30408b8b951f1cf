"""Tax numbers at rest: AES-256-GCM under a named key, and a keyed hash by which they are found.

Several keys may be known: the first encrypts, all of them decrypt, so that a new key can be put
before an old one, everything be sealed again, and the old one be dropped. The key of the hash
stays: without it duplicates of before would no longer be told.

Form of a ciphertext: 12 bytes of nonce, then the encrypted number with its tag of 16 bytes. The
payee and the kind of number are authenticated with it, so that a number cannot be moved to another.
"""

from __future__ import annotations

import binascii
import hmac
import os
import re
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.chassis.errors import DomainError, Kind
from services.payouts.domain.statements.statement_lines import Payee
from services.payouts.domain.statements.tax_forms import SealedNumber, TaxIdType, last_four

_KEY_BYTES = 32
_NONCE_BYTES = 12
_KEYS_MAX = 8
_KEY = re.compile(r"([A-Za-z0-9_-]{1,16}):([0-9a-fA-F]{64})")


class TaxKeyInvalid(DomainError):
    """A key of the settings is none; the message never repeats it."""

    kind = Kind.INVALID
    reason = "TAX_KEY_INVALID"


class TaxNumberUnreadable(DomainError):
    """The key that sealed the number is not among the settings', or the number was altered."""

    kind = Kind.PRECONDITION
    reason = "TAX_NUMBER_UNREADABLE"


class TaxCipher:
    """Seals and opens tax numbers."""

    def __init__(self, *, keys: dict[str, bytes], current: str, lookup_key: bytes) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self.current_key_id = current
        self.older_key_ids = tuple(key_id for key_id in keys if key_id != current)
        self._lookup_key = lookup_key

    @classmethod
    def of_settings(cls, *, keys: str, lookup_key: str) -> TaxCipher:
        """From `id:64 hex digits`, comma-separated, the newest first. Errors: TaxKeyInvalid."""
        parsed = parse_keys(keys)
        return cls(keys=parsed, current=next(iter(parsed)), lookup_key=parse_lookup_key(lookup_key))

    def seal(self, number: str, *, payee: Payee, country: str, id_type: TaxIdType) -> SealedNumber:
        """Encrypt and hash a normalised number."""
        nonce = os.urandom(_NONCE_BYTES)
        cipher = self._ciphers[self.current_key_id]
        sealed = cipher.encrypt(nonce, number.encode(), _bound_to(payee, id_type))
        told = f"{country}:{id_type}:{number}".encode()
        return SealedNumber(
            key_id=self.current_key_id,
            ciphertext=nonce + sealed,
            digest=hmac.new(self._lookup_key, told, sha256).hexdigest(),
            last_four=last_four(number),
        )

    def open(self, number: SealedNumber, *, payee: Payee, id_type: TaxIdType) -> str:
        """Decrypt. Errors: TaxNumberUnreadable."""
        cipher = self._ciphers.get(number.key_id)
        if cipher is None:
            raise TaxNumberUnreadable("its key is not known here", key_id=number.key_id)
        nonce, sealed = number.ciphertext[:_NONCE_BYTES], number.ciphertext[_NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, sealed, _bound_to(payee, id_type)).decode()
        except InvalidTag:
            raise TaxNumberUnreadable(
                "it was altered, or is another payee's", key_id=number.key_id
            ) from None

    def digest_of_request(self, body: bytes) -> str:
        """Hash what holds a number, so that a repeat is told without the number being kept."""
        return hmac.new(self._lookup_key, b"request:" + body, sha256).hexdigest()


def parse_keys(text: str) -> dict[str, bytes]:
    """Read `id:64 hex digits,...`. Errors: TaxKeyInvalid."""
    found: dict[str, bytes] = {}
    for part in text.strip().split(","):
        match = _KEY.fullmatch(part.strip())
        if match is None:
            raise TaxKeyInvalid("a key is written as ID:64 hexadecimal digits")
        if match.group(1) in found:
            raise TaxKeyInvalid("two keys have the same id", key_id=match.group(1))
        found[match.group(1)] = bytes.fromhex(match.group(2))
    if len(found) > _KEYS_MAX:
        raise TaxKeyInvalid(f"more than {_KEYS_MAX} keys")
    return found


def parse_lookup_key(text: str) -> bytes:
    """Read 64 hex digits. Errors: TaxKeyInvalid."""
    try:
        key = bytes.fromhex(text.strip())
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != _KEY_BYTES:
        raise TaxKeyInvalid("the key of the hash is 64 hexadecimal digits")
    return key


def _bound_to(payee: Payee, id_type: TaxIdType) -> bytes:
    return f"{payee.kind}:{payee.payee_id}:{id_type}".encode()
