"""Settings of accounts, besides those that every service has."""

from __future__ import annotations

import re

from pydantic import Field, SecretStr, field_validator

from services.chassis.settings import ServiceSettings

_KEY_SHAPE = re.compile(r"ck_[A-Za-z0-9]{1,40}_[A-Za-z0-9]{32,120}")


class AccountsSettings(ServiceSettings):
    """Read from `CREWLINE_*`; see ServiceSettings."""

    mongo_database: str = Field(default="crewline_accounts", min_length=1, max_length=38)
    bootstrap_operator_key: SecretStr = Field(
        default=SecretStr(""),
        description="ck_<id>_<secret>: the first operator's API key; empty: none is made",
    )
    token_seconds: int = Field(default=900, ge=10, le=24 * 3600)
    registration_burst: int = Field(
        default=200, ge=1, description="registrations at once per address, and per e-mail domain"
    )
    registrations_per_minute: float = Field(default=60.0, gt=0)
    failed_exchange_burst: int = Field(
        default=100, ge=1, description="failed key exchanges at once per address"
    )
    failed_exchanges_per_minute: float = Field(default=60.0, gt=0)

    @field_validator("bootstrap_operator_key")
    @classmethod
    def _key_is_strong(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text and not _KEY_SHAPE.fullmatch(text):
            raise ValueError(
                "must be ck_<id>_<secret>, letters and digits only, the secret at least 32 of them"
            )
        return value
