"""One stack and one browser for all tests of the group; a context of its own for every person."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.running import running_stack

CHROMIUM = os.environ.get("CREWLINE_CHROMIUM", "/usr/bin/chromium")

Opened = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with running_stack(tmp_path_factory.mktemp("stack")) as target:
        yield target


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.fail(f"{CHROMIUM} is missing: on Debian or Ubuntu, sudo apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def open_browser(chromium: Browser, stack: dict[str, Any]) -> Iterator[Opened]:
    """A person's browser, at the site."""
    contexts: list[BrowserContext] = []

    def opened(**given: Any) -> BrowserContext:
        context = chromium.new_context(
            base_url=stack["gateway"],
            **{"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", **given},
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context

    yield opened
    for context in contexts:
        context.close()
