"""Where a person goes from here: one menu a role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.gateway.web.translations import mark


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a menu."""

    label: str
    """In English: the page translates it."""
    path: str


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
        Item(mark("Vendors"), "/operator/vendors"),
        Item(mark("Organisations"), "/operator/organisations"),
        Item(mark("Projects"), "/operator/projects"),
        Item(mark("Contractors"), "/operator/contractors"),
        Item(mark("Appeals"), "/operator/appeals"),
        Item(mark("Held rejections"), "/operator/breakers"),
        Item(mark("Pay periods"), "/operator/periods"),
        Item(mark("Pay calendars"), "/operator/calendars"),
        Item(mark("Floors"), "/operator/floors"),
        Item(mark("Payout files"), "/operator/payout-files"),
        Item(mark("Refunds"), "/operator/refunds"),
        Item(mark("Conversions"), "/operator/conversions"),
        Item(mark("Books"), "/operator/books"),
        Item(mark("Adjustments"), "/operator/adjustments"),
        Item(mark("System"), "/operator/system"),
        Item(mark("People"), "/people"),
        Item(mark("API keys"), "/keys"),
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
