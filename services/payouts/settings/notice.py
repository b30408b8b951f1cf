"""Settings of what organisations are told: when money is low, and how notices are sent."""

from __future__ import annotations

import re

from pydantic import Field, SecretStr, field_validator

from services.chassis.settings import ServiceSettings

_KEY = re.compile(r"[0-9a-fA-F]{64}")


class NoticeSettings(ServiceSettings):
    """`PayoutsSettings` inherits them."""

    webhook_signing_key: SecretStr = Field(
        description="64 hexadecimal digits; the secrets of all webhook endpoints follow from it"
    )
    webhook_allow_private: bool = Field(
        default=False,
        description="lets notices go to addresses that are not public, and over http: never where"
        " strangers register endpoints",
    )
    webhook_send_timeout_seconds: float = Field(default=10.0, gt=0, le=60)
    webhook_tick_seconds: float = Field(
        default=1.0, gt=0, le=60, description="how often to look for notices to send"
    )
    webhook_queued_max: int = Field(
        default=10_000,
        ge=1,
        le=1_000_000,
        description="notices of one organisation that wait; more are listed as dead at once",
    )
    funds_watch_seconds: float = Field(default=60.0, gt=0, le=86_400)
    funds_low_share: float = Field(
        default=0.2, ge=0, lt=1, description="of a project's money; the client is told below it"
    )
    funds_low_hours: float = Field(
        default=24.0, ge=0, le=24 * 90, description="that the money still lasts, as it is spent now"
    )

    @field_validator("webhook_signing_key")
    @classmethod
    def _signing_key_is_one(cls, value: SecretStr) -> SecretStr:
        if _KEY.fullmatch(value.get_secret_value().strip()) is None:
            raise ValueError("the key is 64 hexadecimal digits")
        return value
