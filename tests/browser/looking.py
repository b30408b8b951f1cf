"""Pictures of pages for people to look at, and what axe finds on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / ".local" / "screenshots"
AXE = ROOT / "services/gateway/web/node_modules/axe-core/axe.min.js"
_GRAVE = ("serious", "critical")


def picture(page: Page, name: str) -> None:
    """Keeps one in .local/screenshots."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def faults(page: Page, *, leave_out: tuple[str, ...] = ()) -> list[str]:
    """Rules of axe that the page breaks gravely, each with its first place."""
    # Evaluated by the debugger: the page itself lets nothing be evaluated.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(
        "exclude => axe.run({exclude: exclude.map(each => [each])}, {resultTypes: ['violations']})",
        list(leave_out),
    )
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]}"
        for each in found["violations"]
        if each["impact"] in _GRAVE
    ]


def is_too_wide(page: Page) -> bool:
    """Whether the page has to be scrolled sideways."""
    wide: bool = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return wide
