"""Sign-in, sign-out, invitations: what a browser gets, and what it keeps."""

from __future__ import annotations

import pytest

from tests.rpc.web.conftest import Browser, RunSite
from tests.rpc.web.world import PASSWORD, World, csrf_of


async def test_the_right_password_opens_the_home_of_the_role(browser: Browser) -> None:
    browser.world.person("ada@example.test", "CLIENT")
    answer = await browser.send("/sign-in", "/sign-in", email="ada@example.test", password=PASSWORD)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("crewline="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie  # plain HTTP: the browser would not keep it
    front = await browser.get("/")
    assert front.headers["location"] == "/client/projects"
    assert browser.world.requests("SignIn")[0].device.startswith("python-httpx")
    assert browser.world.peers[1] == "127.0.0.1"  # whom accounts counts failures by


async def test_over_https_the_cookie_is_bound_to_the_host(run_site: RunSite, world: World) -> None:
    world.person("ada@example.test", "CLIENT")
    async with run_site(public_url="https://crewline.test") as browser:
        # httpx keeps Secure cookies from plain HTTP as browsers do: they are handed over here.
        page = await browser.get("/sign-in")
        visit = page.headers["set-cookie"]
        assert visit.startswith("__Host-crewline-visit=")
        cookie = visit.split(";")[0]
        answer = await browser.client.post(
            "/sign-in",
            data={
                "csrf_token": csrf_of(page.text),
                "email": "ada@example.test",
                "password": PASSWORD,
            },
            headers={"cookie": cookie, "origin": "https://crewline.test"},
        )
        assert answer.status_code == 303
        session = next(
            c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-crewline=")
        )
        assert "Secure" in session
        assert "HttpOnly" in session
        assert "Domain" not in session


async def test_a_wrong_password_is_said_and_keeps_the_address(browser: Browser) -> None:
    answer = await browser.send(
        "/sign-in", "/sign-in", email='a"><b@example.test', password="wrong"
    )
    assert answer.status_code == 422
    assert "do not belong together" in answer.text
    assert 'value="a&#34;&gt;&lt;b@example.test"' in answer.text
    assert "wrong" not in answer.text
    assert "crewline=" not in "".join(answer.headers.get_list("set-cookie"))


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/client/funds?page=x", "/client/funds?page=x"),
        ("https://evil.test/", "/"),
        ("//evil.test/", "/"),
        ("/\\evil.test", "/"),
        ("javascript:alert(1)", "/"),
        ("/ok\r\nSet-Cookie: a=b", "/"),
    ],
)
async def test_sign_in_goes_on_to_pages_of_this_site_alone(
    browser: Browser, wanted: str, reached: str
) -> None:
    browser.world.person("ada@example.test", "CLIENT")
    answer = await browser.send(
        "/sign-in", "/sign-in", email="ada@example.test", password=PASSWORD, next=wanted
    )
    assert answer.headers["location"] == reached


async def test_a_page_asked_for_without_a_session_comes_after_sign_in(browser: Browser) -> None:
    answer = await browser.get("/account?page=2")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/account%3Fpage%3D2"


async def test_a_session_that_ended_elsewhere_leads_to_sign_in(
    browser: Browser, run_site: RunSite
) -> None:
    await browser.sign_in("CLIENT")
    browser.world.sessions.clear()
    async with run_site() as other:  # the first gateway still knows its token for a minute
        answer = await other.get("/account", headers={"cookie": _cookies(browser)})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    assert 'crewline=""' in "".join(answer.headers.get_list("set-cookie"))


async def test_sign_out_ends_the_session_for_everybody(browser: Browser) -> None:
    await browser.sign_in("CLIENT")
    cookies = _cookies(browser)
    answer = await browser.send("/account", "/sign-out")
    assert answer.headers["location"] == "/sign-in"
    assert not browser.world.sessions
    # Whoever has copied the cookie has nothing.
    again = await browser.get("/account", headers={"cookie": cookies})
    assert again.status_code == 303


async def test_another_session_is_ended_from_the_account_page(browser: Browser) -> None:
    await browser.sign_in("VENDOR")
    browser.world.sessions["secret-of-a-session-9999"] = "vendor@example.test"
    page = await browser.get("/account")
    assert page.text.count("Firefox, Linux") == 2
    answer = await browser.send("/account", "/account/sessions/ses_9999/revoke")
    assert answer.headers["location"] == "/account"
    page = await browser.get("/account")
    assert "That session has ended." in page.text
    assert page.text.count("Firefox, Linux") == 1
    assert "That session has ended." not in (await browser.get("/account")).text


async def test_an_invitation_is_looked_up_and_accepted(browser: Browser) -> None:
    page = await browser.get("/invitations/accept")
    assert "inv_" not in page.text
    found = await browser.send(
        "/invitations/accept",
        "/invitations/accept",
        secret="https://crewline.test/invitations/accept#inv_secret",
    )
    assert "Crowd &lt;Works&gt;" in found.text
    answer = await browser.client.post(
        "/invitations/accepted",
        data={
            "csrf_token": csrf_of(found.text),
            "secret": "inv_secret",
            "email": "new@example.test",
            "password": PASSWORD,
        },
    )
    assert answer.status_code == 303
    assert browser.world.requests("AcceptInvitation")[0].secret == "inv_secret"
    assert (await browser.get("/")).headers["location"] == "/work"


async def test_an_invitation_that_does_not_work_is_said(browser: Browser) -> None:
    answer = await browser.send("/invitations/accept", "/invitations/accept", secret="nonsense")
    assert answer.status_code == 404
    assert "does not work any more" in answer.text


def _cookies(browser: Browser) -> str:
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.client.cookies.jar)
