"""A page as people see it: at a desk by day, on a phone by night; and what axe finds on each."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.looking import faults, is_too_wide, picture

_SIGHTS = ((1280, "light"), (390, "dark"))


def look(page: Page, name: str) -> None:
    """Fails the test where the page breaks a grave rule of axe, or has to be scrolled sideways."""
    for width, scheme in _SIGHTS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        picture(page, f"{name}-{width}-{scheme}")
        found = faults(page)
        assert not found, f"{name} at {width}, {scheme}: {found}"
        assert not is_too_wide(page), f"{name} at {width} px"
    width, _ = _SIGHTS[0]
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="light")


def sign_in(page: Page, email: str, password: str) -> None:
    """Through the page; ends on the first page of the role."""
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
