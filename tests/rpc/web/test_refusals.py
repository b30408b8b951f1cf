"""Forged forms, other roles' pages, errors: each is a page, and nothing is done."""

from __future__ import annotations

import re
from typing import Any

import pytest

from services.chassis.errors import DomainError, Kind
from tests.rpc.web.conftest import Browser
from tests.rpc.web.world import PASSWORD, csrf_of


class Down(DomainError):
    kind, reason = Kind.UNAVAILABLE, "STORE_UNAVAILABLE"


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        ("", {}),
        ("0" * 64, {}),
        ("é", {}),
        ("good", {"origin": "https://evil.test"}),
        ("good", {"origin": "null"}),
        ("good", {"sec-fetch-site": "cross-site"}),
        ("good", {"sec-fetch-site": "same-site"}),
    ],
)
async def test_a_change_needs_its_token_and_its_origin(
    browser: Browser, token: str, headers: dict[str, str]
) -> None:
    await browser.sign_in("CLIENT")
    page = await browser.get("/account")
    given = csrf_of(page.text) if token == "good" else token
    answer = await browser.client.post("/sign-out", data={"csrf_token": given}, headers=headers)
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert browser.world.requests("RevokeSession") == []


async def test_the_token_of_a_visit_is_not_that_of_a_session(browser: Browser) -> None:
    before = csrf_of((await browser.get("/sign-in")).text)
    await browser.sign_in("CLIENT")
    after = csrf_of((await browser.get("/account")).text)
    assert before != after
    assert csrf_of((await browser.get("/account")).text) == after
    assert (await browser.client.post("/sign-out", data={"csrf_token": before})).status_code == 403


async def test_scripts_send_the_token_in_a_header(browser: Browser) -> None:
    await browser.sign_in("CLIENT")
    token = csrf_of((await browser.get("/account")).text)
    origin = str(browser.client.base_url).rstrip("/")
    answer = await browser.client.post(
        "/sign-out",
        headers={"x-csrf-token": token, "origin": origin, "sec-fetch-site": "same-origin"},
    )
    assert answer.status_code == 303


async def test_a_page_that_is_not_there_is_a_page(browser: Browser) -> None:
    answer = await browser.get("/no/such/page")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "<h1>This page is not there</h1>" in answer.text
    for_programs = await browser.get("/v1/no-such-thing")
    assert for_programs.status_code == 404
    assert for_programs.headers["content-type"] == "application/problem+json"


async def test_what_does_not_answer_is_a_page_without_the_services_words(
    browser: Browser,
) -> None:
    def down(_: Any) -> Any:
        raise Down("mongodb://10.0.0.7:27017 has no primary")

    browser.world.answers["SignIn"] = down
    answer = await browser.send("/sign-in", "/sign-in", email="a@b.test", password=PASSWORD)
    assert answer.status_code == 503
    assert "does not answer" in answer.text
    assert "10.0.0.7" not in answer.text


async def test_our_own_mistake_is_a_page_with_the_log_entrys_id(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str) -> str:
        raise RuntimeError("secret internals")

    await browser.sign_in("CLIENT")
    monkeypatch.setattr("services.gateway.web.sign_in.home", broken)
    answer = await browser.get("/")
    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/html")
    assert re.search(r"written down as [0-9a-f]{12}", answer.text)
    assert "internals" not in answer.text


async def test_every_page_says_what_browsers_may_not_do(browser: Browser) -> None:
    await browser.sign_in("CLIENT")
    for path in ("/account", "/no-such-page", "/invitations/accept"):
        answer = await browser.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        # The policy refuses what is inline, so none may be there.
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|\sstyle=|<style", answer.text)


async def test_a_form_that_is_too_large_is_refused(browser: Browser) -> None:
    answer = await browser.send("/sign-in", "/sign-in", email="x" * (2 * 1024 * 1024), password="y")
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")


async def test_language_and_theme_are_remembered(browser: Browser) -> None:
    assert '<html lang="en" data-theme="auto">' in (await browser.get("/sign-in")).text
    french = await browser.get("/sign-in", headers={"accept-language": "de, fr-CA;q=0.8"})
    assert '<html lang="fr"' in french.text
    answer = await browser.send(
        "/sign-in", "/preferences", language="fr", theme="dark", back="//evil.test"
    )
    assert answer.headers["location"] == "/"
    page = await browser.get("/sign-in")
    assert '<html lang="fr" data-theme="dark">' in page.text
    assert "Mot de passe" in page.text


async def test_assets_are_kept_for_a_year_and_only_under_their_hash(browser: Browser) -> None:
    page = (await browser.get("/sign-in")).text
    found = re.search(r'href="(/static/crewline\.[0-9a-f]{12}\.css)"', page)
    assert found is not None
    style = await browser.get(found[1])
    assert style.status_code == 200
    assert "immutable" in style.headers["cache-control"]
    assert style.headers["content-encoding"] == "gzip"
    kept = await browser.get(found[1], headers={"if-none-match": style.headers["etag"]})
    assert kept.status_code == 304
    for wrong in (
        "/static/crewline.css",
        "/static/crewline.000000000000.css",
        "/static/../site.py",
        "/static/%2e%2e/site.py",
    ):
        assert (await browser.get(wrong)).status_code == 404
