"""A local stack's secrets: made when it first starts, kept in its folder, the same ever after."""

from __future__ import annotations

import dataclasses
import json
import secrets
import string
from collections.abc import Iterable
from dataclasses import dataclass, field

from deploy.local.folder import StackFolder, read_json, write_private

_PASSWORD_LENGTH = 16
_LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoint:
    """One registration at the Stripe sandbox; only its making showed the secret."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSecrets:
    """All of them."""

    operator_key: str = field(repr=False)
    sandbox_key: str = field(repr=False)
    media_signing_key: str = field(repr=False)
    tax_number_keys: str = field(repr=False)
    tax_lookup_key: str = field(repr=False)
    webhook_signing_key: str = field(repr=False)
    webhooks: dict[str, WebhookEndpoint] = field(default_factory=dict)
    """By name of the gateway's endpoint: platform, connect."""
    passwords: dict[str, str] = field(default_factory=dict, repr=False)
    """Of the demo's people, by what they sign in as."""

    def with_webhook(self, name: str, endpoint: WebhookEndpoint) -> StackSecrets:
        """The same, with this endpoint."""
        return dataclasses.replace(self, webhooks={**self.webhooks, name: endpoint})

    def with_passwords(self, names: Iterable[str]) -> StackSecrets:
        """The same, with one for each of these; those that are there stay."""
        new = {name: _random(_PASSWORD_LENGTH) for name in names if name not in self.passwords}
        return dataclasses.replace(self, passwords={**self.passwords, **new})


def load_or_make_secrets(folder: StackFolder) -> StackSecrets:
    """Those of the folder; new ones where it has none."""
    found = read_json(folder.secrets_file)
    if found:
        return StackSecrets(
            operator_key=found["operator_key"],
            sandbox_key=found["sandbox_key"],
            # A folder that an older version made has none.
            media_signing_key=found.get("media_signing_key") or _random(64),
            tax_number_keys=found.get("tax_number_keys") or _tax_keys(),
            tax_lookup_key=found.get("tax_lookup_key") or secrets.token_hex(32),
            webhook_signing_key=found.get("webhook_signing_key") or secrets.token_hex(32),
            webhooks={
                name: WebhookEndpoint(**endpoint) for name, endpoint in found["webhooks"].items()
            },
            # A folder of before there were any has none.
            passwords=found.get("passwords", {}),
        )
    made = StackSecrets(
        operator_key=f"ck_operator_{_random(40)}",
        sandbox_key=f"sk_test_{_random(24)}",
        media_signing_key=_random(64),
        tax_number_keys=_tax_keys(),
        tax_lookup_key=secrets.token_hex(32),
        webhook_signing_key=secrets.token_hex(32),
    )
    save_secrets(folder, made)
    return made


def save_secrets(folder: StackFolder, made: StackSecrets) -> None:
    """Writes them, and the operator's key once more on its own, for clients."""
    write_private(folder.secrets_file, json.dumps(dataclasses.asdict(made), indent=2))
    write_private(folder.operator_key_file, made.operator_key + "\n")


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _tax_keys() -> str:
    return f"k1:{secrets.token_hex(32)}"
