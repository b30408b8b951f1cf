"""Where a person goes from here: one menu a role."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

from services.gateway.web.translations import mark


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a menu."""

    label: str
    """In English: the page translates it."""
    path: str
    group: str = ""
    """The heading that it stands under, where a menu has any; in English."""


_WHO, _FAIR, _PAY = mark("Work"), mark("Fairness"), mark("Pay")
_MONEY, _HOUSE = mark("Money"), mark("Platform")

MENUS: Mapping[str, tuple[Item, ...]] = {
    "CLIENT": (
        Item(mark("Projects"), "/client/projects"),
        Item(mark("Funds"), "/client/funds"),
        Item(mark("Money"), "/client/money"),
        Item(mark("People"), "/people"),
        Item(mark("API keys"), "/keys"),
        Item(mark("Webhooks"), "/hooks"),
    ),
    "VENDOR": (
        Item(mark("Overview"), "/vendor/overview"),
        Item(mark("Pool"), "/vendor/pool"),
        Item(mark("Rate card"), "/vendor/rates"),
        Item(mark("Statements"), "/vendor/statements"),
        Item(mark("Payout account"), "/vendor/payout"),
        Item(mark("Tax form"), "/vendor/tax"),
        Item(mark("People"), "/people"),
        Item(mark("API keys"), "/keys"),
        Item(mark("Webhooks"), "/hooks"),
    ),
    "OPERATOR": (
        Item(mark("Vendors"), "/operator/vendors", _WHO),
        Item(mark("Organisations"), "/operator/organisations", _WHO),
        Item(mark("Projects"), "/operator/projects", _WHO),
        Item(mark("Contractors"), "/operator/contractors", _WHO),
        Item(mark("Appeals"), "/operator/appeals", _FAIR),
        Item(mark("Held rejections"), "/operator/breakers", _FAIR),
        Item(mark("Floors"), "/operator/floors", _FAIR),
        Item(mark("Pay periods"), "/operator/periods", _PAY),
        Item(mark("Pay calendars"), "/operator/calendars", _PAY),
        Item(mark("Payout files"), "/operator/payout-files", _PAY),
        Item(mark("Books"), "/operator/books", _MONEY),
        Item(mark("Adjustments"), "/operator/adjustments", _MONEY),
        Item(mark("Refunds"), "/operator/refunds", _MONEY),
        Item(mark("Conversions"), "/operator/conversions", _MONEY),
        Item(mark("System"), "/operator/system", _HOUSE),
        Item(mark("People"), "/people", _HOUSE),
        Item(mark("API keys"), "/keys", _HOUSE),
    ),
    "CONTRACTOR": (
        Item(mark("Work"), "/work"),
        Item(mark("Earnings"), "/earnings"),
        Item(mark("My answers"), "/earnings/answers"),
        Item(mark("Statements"), "/earnings/statements"),
        Item(mark("Payout account"), "/earnings/payout"),
        Item(mark("Tax form"), "/earnings/tax"),
    ),
}


def grouped(role: str) -> tuple[tuple[str, tuple[Item, ...]], ...]:
    """A role's menu by heading, in the order of the menu; one without a heading comes first."""
    groups = itertools.groupby(MENUS.get(role, ()), key=lambda item: item.group)
    return tuple((heading, tuple(items)) for heading, items in groups)


def home(role: str) -> str:
    """The first page of a role."""
    return MENUS[role][0].path if role in MENUS else "/account"


def home_role(roles: frozenset[str]) -> str:
    """Which console somebody of these roles gets; empty for none."""
    return next((role for role in MENUS if role in roles), "")


def current(role: str, path: str) -> str:
    """The menu's path that the page at `path` belongs to."""
    inside = [
        item.path
        for item in MENUS.get(role, ())
        if path == item.path or path.startswith(f"{item.path}/")
    ]
    return max(inside, key=len, default="")
