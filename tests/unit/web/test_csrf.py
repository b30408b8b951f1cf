"""Who may change things: a token of this browser, and a page of this site."""

from __future__ import annotations

import pytest

from services.gateway.web import csrf
from services.gateway.web.pages import is_local


def test_a_token_is_good_for_its_secret_alone() -> None:
    token = csrf.csrf_token("secret of one session")
    assert csrf.is_token_good(token, secret="secret of one session")
    assert not csrf.is_token_good(token, secret="secret of another session")
    assert not csrf.is_token_good("", secret="secret of one session")
    assert not csrf.is_token_good(csrf.csrf_token(""), secret="")
    assert "secret" not in token


@pytest.mark.parametrize(
    ("headers", "public_url", "is_good"),
    [
        ({}, "", True),
        ({"host": "crew.test", "origin": "http://crew.test"}, "", True),
        ({"host": "crew.test", "origin": "https://crew.test"}, "", True),
        ({"host": "crew.test", "origin": "http://crew.test:81"}, "", False),
        ({"host": "crew.test", "origin": "http://crew.test.evil.test"}, "", False),
        ({"host": "", "origin": "null"}, "", False),
        ({"origin": "https://crew.test"}, "https://crew.test", True),
        ({"origin": "http://crew.test"}, "https://crew.test", False),
        ({"host": "evil.test", "origin": "https://evil.test"}, "https://crew.test", False),
        ({"sec-fetch-site": "same-origin"}, "", True),
        ({"sec-fetch-site": "none"}, "", True),
        ({"sec-fetch-site": "same-site"}, "", False),
        ({"sec-fetch-site": "cross-site", "host": "a", "origin": "http://a"}, "", False),
    ],
)
def test_the_browser_says_where_a_request_comes_from(
    headers: dict[str, str], public_url: str, is_good: bool
) -> None:
    assert csrf.is_from_here(headers, public_url=public_url) is is_good


@pytest.mark.parametrize(
    ("address", "is_ours"),
    [
        ("/", True),
        ("/client/projects?page=a%2Fb", True),
        ("", False),
        ("//evil.test", False),
        ("/\\evil.test", False),
        ("https://evil.test", False),
        ("client", False),
        ("/\x00", False),
        ("/a\nb", False),
        ("/" + "a" * 2_000, False),
    ],
)
def test_only_paths_of_this_site_are_gone_to(address: str, is_ours: bool) -> None:
    assert is_local(address) is is_ours
