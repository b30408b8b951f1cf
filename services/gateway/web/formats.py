"""Numbers, money, dates and lengths of time as a language writes them, and read back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp
from iso4217 import Currency

from crewline.common.v1.types_pb2 import Money
from services.gateway.web.translations import Language

_MOST = 10**15
# The ledger counts in ten-thousandths of a minor unit.
_UNIT_DIGITS: Final = 4
UNITS_PER_MINOR: Final = 10_000
_SIGNS = {"EUR": "€", "GBP": "£", "USD": "US$", "JPY": "¥"}
_NO_BREAK = "\u00a0"
_AMOUNT = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,8})?")


class AmountMalformed(ValueError):
    """Not an amount of the currency; the message says what would be one."""


@dataclass(frozen=True, slots=True)
class Formats:
    """Of one language."""

    language: Language

    def number(self, value: float, digits: int = 0) -> str:
        """With its thousands grouped."""
        whole, _, rest = f"{abs(value):,.{digits}f}".partition(".")
        text = whole.replace(",", self.language.group_mark)
        if rest:
            text += self.language.decimal_mark + rest
        return f"−{text}" if value < 0 and text.strip("0.,") else text

    def money(self, amount_minor: int, currency: str) -> str:
        """An amount of minor units with its currency."""
        return self.units(amount_minor * UNITS_PER_MINOR, currency)

    def amount(self, money: Any) -> str:
        """A Money message."""
        return self.units(units_of(money), money.currency)

    def units(self, amount_units: int, currency: str) -> str:
        """An amount of the ledger with its currency: more decimals than that has, if need be."""
        digits = minor_digits(currency)
        amount = Decimal(amount_units).scaleb(-digits - _UNIT_DIGITS)
        whole, _, rest = f"{abs(amount):,.{digits + _UNIT_DIGITS}f}".partition(".")
        rest = rest.rstrip("0").ljust(digits, "0")
        text = whole.replace(",", self.language.group_mark)
        if rest:
            text += self.language.decimal_mark + rest
        sign = _SIGNS.get(currency, currency)
        if not self.language.currency_first:
            text = f"{text}{_NO_BREAK}{sign}"
        elif sign == currency:
            text = f"{sign}{_NO_BREAK}{text}"
        else:
            text = f"{sign}{text}"
        return f"−{text}" if amount_units < 0 else text

    def percent(self, share: float, digits: int = 0) -> str:
        """Of a share from 0 to 1."""
        return f"{self.number(share * 100, digits)}{self.language.percent_gap}%"

    def date(self, when: Timestamp | datetime) -> str:
        """The day, in UTC."""
        moment = _moment(when)
        month = self.language.months[moment.month - 1]
        return f"{moment.day} {month} {moment.year}"

    def time(self, when: Timestamp | datetime) -> str:
        """The day and the minute, in UTC; the page's script turns it into the reader's zone."""
        moment = _moment(when)
        return f"{self.date(moment)}, {moment:%H:%M} UTC"

    def seconds(self, length: float) -> str:
        """A length of time in its two largest units."""
        whole = round(length)
        if whole < 60:
            return f"{whole}{_NO_BREAK}s"
        minutes, rest = divmod(whole, 60)
        if minutes < 60:
            return f"{minutes}{_NO_BREAK}min" + (f" {rest}{_NO_BREAK}s" if rest else "")
        hours, minutes = divmod(minutes, 60)
        return f"{hours}{_NO_BREAK}h" + (f" {minutes}{_NO_BREAK}min" if minutes else "")


def iso(when: Timestamp | datetime) -> str:
    """For the datetime attribute of <time>."""
    return _moment(when).isoformat(timespec="seconds").replace("+00:00", "Z")


def is_set(when: Timestamp) -> bool:
    """Whether a message's time was filled in at all."""
    return bool(when.seconds or when.nanos)


def minor_digits(currency: str) -> int:
    """How many decimals the currency has; two where it is not known."""
    try:
        return int(Currency(currency).exponent or 0)
    except ValueError:
        return 2


def pretty_json(text: str) -> str:
    """JSON as people read it; other text as it is."""
    try:
        return json.dumps(json.loads(text), indent=1, ensure_ascii=False)
    except ValueError:
        return text


def units_of(money: Any) -> int:
    """A Money message in units."""
    return int(money.amount_minor) * UNITS_PER_MINOR + int(money.fraction)


def parse_price(text: str, currency: str) -> Money:
    """The price of an answer as a person typed it: finer than what is paid out.

    Errors:
        AmountMalformed: no amount, more decimals than units have, or beyond 10^15.
    """
    units = _scaled(text, minor_digits(currency) + _UNIT_DIGITS)
    return Money(
        amount_minor=units // UNITS_PER_MINOR, fraction=units % UNITS_PER_MINOR, currency=currency
    )


def parse_amount(text: str, currency: str) -> int:
    """Minor units of what a person typed, with a point or a comma before the decimals.

    Errors:
        AmountMalformed: no amount, more decimals than the currency has, or beyond 10^15.
    """
    return _scaled(text, minor_digits(currency))


def _scaled(text: str, digits: int) -> int:
    plain = re.sub(r"[\s\u00a0\u202f']", "", text).replace(",", ".")
    if not _AMOUNT.fullmatch(plain):
        raise AmountMalformed(text)
    try:
        scaled = Decimal(plain).scaleb(digits)
    except InvalidOperation as err:
        raise AmountMalformed(text) from err
    if scaled != scaled.to_integral_value() or scaled > _MOST:
        raise AmountMalformed(text)
    return int(scaled)


def _moment(when: Timestamp | datetime) -> datetime:
    return when.ToDatetime(tzinfo=UTC) if isinstance(when, Timestamp) else when.astimezone(UTC)
