"""Every page of every console, for its role and for the others, in every language."""

from __future__ import annotations

import re

import pytest

from services.gateway.web.translations import LANGUAGES
from tests.rpc.web import samples, samples_of_money, samples_of_quality
from tests.rpc.web.conftest import Browser

PROJECT = (
    "",
    "/about",
    "/tasks",
    "/results",
    "/results?only=disagreements",
    "/reviews",
    "/quality",
    "/rules",
    "/tasks/tsk_1",
)
PAGES: dict[str, tuple[str, ...]] = {
    "CLIENT": (
        "/client/projects",
        "/client/projects?page=more",
        "/client/projects/new",
        "/client/projects/new/sentiment",
        *(f"/client/projects/prj_1{part}" for part in PROJECT),
        "/client/funds",
        "/client/funds?currency=EUR",
        "/client/money",
        "/client/billing",
        "/client/money/payments/dep_1",
        "/client/money/refunds",
        "/client/money/returned?payment_id=dep_1",
        "/client/money/returned?payment_id=dep_1&left=1",
        "/people",
        "/keys",
        "/hooks",
        "/hooks?page=more",
        "/account",
    ),
    "CONTRACTOR": (
        "/work",
        "/work/prj_1",
        "/earnings",
        "/earnings/answers",
        "/earnings/answers?only=rejected",
        "/earnings/statements",
        "/earnings/statements/2026-11-27.contractor.ctr_1.USD",
        "/earnings/payout",
        "/earnings/tax",
    ),
    "VENDOR": (
        "/vendor/overview",
        "/vendor/rates",
        "/vendor/pool",
        "/vendor/pool?page=more",
        "/vendor/pool/enrol",
        "/vendor/pool/import",
        "/vendor/pool/con_1",
        "/vendor/pool/con_1/region",
        "/vendor/statements",
        "/vendor/statements/stm_1",
        "/vendor/payout",
        "/vendor/tax",
        "/people",
        "/keys",
        "/hooks",
    ),
    "OPERATOR": (
        "/operator/vendors",
        "/operator/vendors?state=all&page=more",
        "/operator/vendors/org_vendor",
        "/operator/organisations",
        "/operator/organisations/org_client",
        "/operator/contractors",
        "/operator/contractors/con_1",
        "/operator/contractors/con_1/region",
        "/operator/contractors/enrol",
        "/operator/appeals",
        "/operator/appeals?state=all&page=more",
        "/operator/breakers",
        "/operator/periods",
        "/operator/statements?period=per_1",
        "/operator/statements/stm_1",
        "/operator/calendars",
        "/operator/calendars/new",
        "/operator/calendars/kenya-monthly",
        "/operator/floors",
        "/operator/floors?country=ke&page=more",
        "/operator/floors/rates",
        "/operator/floors/tests",
        "/operator/floors/tests?show=all&contractor=con_1&page=more",
        "/operator/books",
        "/operator/adjustments",
        "/operator/adjustments?state=all&page=more",
        "/operator/payout-files",
        "/operator/payout-files/pba_1",
        "/operator/refunds",
        "/operator/refunds?page=more",
        "/operator/conversions",
        "/operator/conversions?client=org_client",
        "/operator/system",
        "/operator/projects",
        *(f"/operator/projects/prj_1{part}" for part in PROJECT),
    ),
}


@pytest.mark.parametrize("role", PAGES)
async def test_every_page_of_a_role_is_whole_in_every_language(browser: Browser, role: str) -> None:
    samples.fill(browser.world)
    samples_of_quality.fill(browser.world)
    samples_of_money.fill(browser.world)
    await browser.sign_in(role)
    for path in PAGES[role]:
        for code in LANGUAGES:
            answer = await browser.get(path, headers={"accept-language": code})
            assert answer.status_code == 200, (path, answer.text)
            page = answer.text
            assert f'<html lang="{code}"' in page, path
            assert len(re.findall(r"<h1[ >]", page)) == 1, path
            assert re.search(r"<title>[^<]*\S · Crewline</title>", page), path
            assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|\sstyle=|<style", page), path
            for identifier in re.findall(r'\sid="([^"]+)"', page):
                assert page.count(f' id="{identifier}"') == 1, (path, identifier)
            labelled = set(re.findall(r'<label for="([^"]+)"', page))
            fields = re.findall(r"<(?:input|select|textarea)\b[^>]*>", page)
            for field in fields:
                if 'type="hidden"' not in field:
                    identifier = re.search(r'\sid="([^"]+)"', field)
                    assert identifier is not None, (path, field)
                    assert identifier[1] in labelled, (path, field)


@pytest.mark.parametrize("role", ["CLIENT", "VENDOR", "OPERATOR", "CONTRACTOR"])
async def test_pages_of_other_roles_are_not_there(browser: Browser, role: str) -> None:
    samples.fill(browser.world)
    samples_of_quality.fill(browser.world)
    samples_of_money.fill(browser.world)
    await browser.sign_in(role)
    own = set(PAGES.get(role, ())) | {"/account"}
    shared = {"/people", "/keys"} if role != "CONTRACTOR" else set()
    if role in ("CLIENT", "VENDOR"):
        shared |= {"/hooks", "/hooks?page=more"}
    for path in {path for paths in PAGES.values() for path in paths} - own - shared:
        answer = await browser.get(path)
        assert answer.status_code == 404, path
        assert "Bird photos" not in answer.text


@pytest.mark.parametrize("role", PAGES)
async def test_what_people_write_is_text_and_nothing_else(browser: Browser, role: str) -> None:
    samples.fill(browser.world)
    samples_of_quality.fill(browser.world)
    samples_of_money.fill(browser.world)
    await browser.sign_in(role)
    for path in PAGES[role]:
        page = (await browser.get(path)).text
        for written in ("<2026>", "<b>love</b>", "<H>", "<Works>", "<K>", "<R>", "<Q>"):
            assert written not in page, path
