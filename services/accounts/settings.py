"""Settings of accounts, besides those that every service has."""

from __future__ import annotations

import ipaddress
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
    trusted_proxy_networks: tuple[str, ...] = Field(
        default=("127.0.0.0/8", "::1/128"),
        description="who may say by x-forwarded-for where a call comes from: the gateway; as JSON",
    )
    registration_burst: int = Field(
        default=200, ge=1, description="registrations at once per address, and per e-mail domain"
    )
    registrations_per_minute: float = Field(default=60.0, gt=0)
    failed_exchange_burst: int = Field(
        default=100,
        ge=1,
        description="failed key exchanges at once per address; as many of sessions, of invitations",
    )
    failed_exchanges_per_minute: float = Field(default=60.0, gt=0)
    failed_sign_in_burst_per_address: int = Field(default=50, ge=1)
    failed_sign_ins_per_address_per_minute: float = Field(default=30.0, gt=0)
    failed_sign_in_burst_per_account: int = Field(default=10, ge=1)
    failed_sign_ins_per_account_per_minute: float = Field(default=1.0, gt=0)
    session_lifetime_days: int = Field(default=30, ge=1, le=366)
    session_idle_days: int = Field(
        default=7, ge=1, le=366, description="a session that is not used for so long ends"
    )
    session_note_use_seconds: int = Field(
        default=60, ge=0, le=3600, description="uses closer to each other are not written"
    )
    sessions_max: int = Field(default=50, ge=1, le=1000, description="live ones of one person")
    invitation_lifetime_days: int = Field(default=14, ge=1, le=90)
    password_memory_kib: int = Field(
        default=65536, ge=8192, le=1 << 20, description="of one argon2id hash, as long as it runs"
    )
    password_iterations: int = Field(default=3, ge=1, le=20)
    password_lanes: int = Field(default=4, ge=1, le=16)
    password_hashes_at_once: int = Field(default=2, ge=1, le=32)
    password_hashes_waiting_max: int = Field(default=64, ge=1, le=1000)

    @field_validator("bootstrap_operator_key")
    @classmethod
    def _key_is_strong(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text and not _KEY_SHAPE.fullmatch(text):
            raise ValueError(
                "must be ck_<id>_<secret>, letters and digits only, the secret at least 32 of them"
            )
        return value

    @field_validator("trusted_proxy_networks")
    @classmethod
    def _networks_are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            ipaddress.ip_network(text)
        return value
