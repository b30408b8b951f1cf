"""Bank details at rest: AES-256-GCM under the named keys that tax numbers are sealed with.

The form is `ciphers.tax`'s: 12 bytes of nonce, then the encrypted JSON with its tag. The payee and
the version are authenticated with it, so that details cannot be moved to another.
"""

from __future__ import annotations

import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.payouts.ciphers.tax import parse_keys
from services.payouts.domain.payments.bank_details import (
    BankDetails,
    BankDetailsUnreadable,
    SealedBankDetails,
)

_NONCE_BYTES = 12


class BankCipher:
    """Seals and opens bank details."""

    def __init__(self, *, keys: str) -> None:
        """As `TaxSettings.tax_number_keys`: the first seals, all open. Errors: TaxKeyInvalid."""
        parsed = parse_keys(keys)
        self._ciphers = {key_id: AESGCM(key) for key_id, key in parsed.items()}
        self._current_key_id = next(iter(parsed))

    def seal(self, details: BankDetails, *, payee_id: str, version: int) -> tuple[str, bytes]:
        """The id of the key, and the ciphertext."""
        nonce = os.urandom(_NONCE_BYTES)
        plain = json.dumps(details.as_dict(), sort_keys=True, ensure_ascii=False).encode()
        sealed = self._ciphers[self._current_key_id].encrypt(
            nonce, plain, _bound_to(payee_id, version)
        )
        return self._current_key_id, nonce + sealed

    def open(self, sealed: SealedBankDetails) -> BankDetails:
        """Errors: BankDetailsUnreadable."""
        cipher = self._ciphers.get(sealed.key_id)
        if cipher is None:
            raise BankDetailsUnreadable("their key is not known here", key_id=sealed.key_id)
        nonce, body = sealed.ciphertext[:_NONCE_BYTES], sealed.ciphertext[_NONCE_BYTES:]
        try:
            plain = cipher.decrypt(nonce, body, _bound_to(sealed.payee_id, sealed.version))
        except InvalidTag:
            raise BankDetailsUnreadable(
                "they were altered, or are another payee's", key_id=sealed.key_id
            ) from None
        return BankDetails(**json.loads(plain))


def _bound_to(payee_id: str, version: int) -> bytes:
    return f"bank:{payee_id}:{version}".encode()
