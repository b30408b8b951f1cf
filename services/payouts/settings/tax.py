"""Settings of taxes: the keys that hide tax numbers, who must give a form, and what is withheld."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator

from services.chassis.settings import ServiceSettings

Country = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}|\*)$")]
Form = Literal["W9", "W8BEN", "W8BENE", "DAC7", "OTHER"]

_KEY = r"[A-Za-z0-9_-]{1,16}:[0-9a-fA-F]{64}"
_KEYS = re.compile(rf"{_KEY}(,{_KEY}){{0,7}}")
_LOOKUP_KEY = re.compile(r"[0-9a-fA-F]{64}")


class WithholdingRow(BaseModel):
    """A row of the table as it is in JSON: `domain.statements.withholding.WithholdingRule`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=64)
    authority: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,31}$")
    rate_bps: int = Field(gt=0, lt=10_000)
    source: str = Field(min_length=1, max_length=300)
    valid_from: date
    valid_to: date | None = None
    country: Country = "*"
    forms: frozenset[Form] = frozenset()
    line_kinds: frozenset[str] = frozenset()


class TaxSettings(ServiceSettings):
    """`PayoutsSettings` inherits them."""

    tax_number_keys: SecretStr = Field(
        description="ID:64 hexadecimal digits, comma-separated, newest first; old ones still open"
    )
    tax_lookup_key: SecretStr = Field(
        description="64 hexadecimal digits; hashes tax numbers, and never changes"
    )
    tax_form_countries: frozenset[Country] = Field(
        default=frozenset(), description="where payment waits for a tax form; * for everywhere"
    )
    withholding_rules: tuple[WithholdingRow, ...] = Field(
        default=(), description="JSON rows; none: nothing is withheld"
    )

    @field_validator("tax_number_keys")
    @classmethod
    def _keys_are_keys(cls, value: SecretStr) -> SecretStr:
        if _KEYS.fullmatch(value.get_secret_value().strip()) is None:
            raise ValueError("keys are ID:64 hexadecimal digits, comma-separated, at most 8")
        return value

    @field_validator("tax_lookup_key")
    @classmethod
    def _lookup_key_is_one(cls, value: SecretStr) -> SecretStr:
        if _LOOKUP_KEY.fullmatch(value.get_secret_value().strip()) is None:
            raise ValueError("the key is 64 hexadecimal digits")
        return value
