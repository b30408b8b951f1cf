"""Every route, every role, own ids and another tenant's: nothing leaks, not even that it exists."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.gateway.rest.fields import json_name, message_of
from services.gateway.rest.openapi.examples import example
from services.gateway.rest.query import query_fields
from services.gateway.rest.rules import Rule, read_rules
from tests.system.conftest import TwoTenants
from tests.system.tenants import Tenant, bearer

RULES = read_rules(("accounts", "vendors", "broker", "quality", "payouts"))
ROLES = ("CLIENT", "VENDOR", "CONTRACTOR")
BY_ROLE = {"CLIENT": "client", "VENDOR": "vendor", "CONTRACTOR": "vendor"}
# What an answer made: other each time.
NEW_ID = re.compile(r"\b[a-z]{2,4}_[a-z0-9]{24}\b")
SECRET = re.compile(r'"(request_id|session_secret|secret|access_token)":"[^"]*"')
TIMES = re.compile(r'"[a-z_]*time":"[^"]*"')


class Ids:
    """Which id stands in which field: one tenant's own, a stranger's, or nobody's."""

    def __init__(self, ids: dict[str, str], *, role: str) -> None:
        kind = BY_ROLE[role]
        self._ids = {
            **ids,
            "organisation_id": ids[f"{kind}_id"],
            "payee_id": ids["vendor_id"],
            "payer_id": ids["client_id"],
            "account": _account(ids, role),
        }
        if role == "VENDOR":
            self._ids["person_id"] = ids["contractor_id"]

    def of(self, name: str) -> str | None:
        return self._ids.get(name)

    def put(self, value: Any) -> Any:
        """The same JSON, with these ids wherever a field holds one."""
        if isinstance(value, list):
            return [self.put(item) for item in value]
        if not isinstance(value, dict):
            return value
        found: dict[str, Any] = {}
        for name, item in value.items():
            if isinstance(item, str) and self.of(name) is not None:
                found[name] = self.of(name)
            # A client may name vendors as it likes; it learns nothing of them.
            elif (
                name.endswith("_ids")
                and name != "vendor_ids"
                and self.of(name.removesuffix("s")) is not None
            ):
                found[name] = [self.of(name.removesuffix("s"))]
            else:
                found[name] = self.put(item)
        return found

    def blank(self, text: str) -> str:
        """The text with the ids taken out, longest first."""
        for one in sorted(set(self._ids.values()), key=len, reverse=True):
            text = text.replace(one, "<id>")
        text = NEW_ID.sub("<new>", text)
        return TIMES.sub("<time>", SECRET.sub("<secret>", text))


def _account(ids: dict[str, str], role: str) -> str:
    contractor, vendor = ids["contractor_id"], ids["vendor_id"]
    return {
        "CLIENT": f"client:{ids['client_id']}:available:USD",
        "VENDOR": f"vendor:{vendor}:commission:USD",
        "CONTRACTOR": f"contractor:{contractor}:via:{vendor}:payable:USD",
    }[role]


def nobodys(ids: dict[str, str]) -> dict[str, str]:
    """Ids of the same shape that nobody has; the same part of two is the same still."""
    made: dict[str, str] = {}
    choose = random.Random(7)

    def other(found: re.Match[str]) -> str:
        letters = (choose.choice("abcdefghijklmnopqrstuv") for _ in found[0])
        return made.setdefault(found[0], "".join(letters))

    return {name: re.sub(r"[a-z0-9]{24}", other, one) for name, one in ids.items()}


def ask(tenants: TwoTenants, rule: Rule, token: str, ids: Ids) -> httpx.Response:
    """The rule's example request, with these ids."""
    path = rule.path
    for name in rule.template.variables:
        path = path.replace("{" + name + "}", ids.of(name) or f"no-{name}")
    query = {name: ids.of(name) for name, _ in query_fields(rule) if ids.of(name) is not None}
    body = _body(rule, ids) if rule.is_write else None
    return tenants.world.http.request(
        rule.http_method, path, params=query, json=body, headers=bearer(token)
    )


def _body(rule: Rule, ids: Ids) -> Any:
    if rule.body_field is not None:
        row = ids.put(example(message_of(rule.body_field), is_input=True))
        return [row] if rule.streams_in else row
    without = frozenset(rule.template.variables)
    return ids.put(example(rule.rpc.input_type, is_input=True, without=without))


def names_an_id(rule: Rule, ids: Ids) -> bool:
    """Something in its path, query or body is an id that a tenant has."""
    if rule.template.variables:
        return True
    if any(ids.of(name) for name, _ in query_fields(rule)):
        return True
    return rule.is_write and bool(rule.body) and _body(rule, ids) != _body(rule, NO_IDS)


class _NoIds(Ids):
    def __init__(self) -> None:
        self._ids = {}


NO_IDS = _NoIds()


def cases() -> Iterator[tuple[Rule, str]]:
    for rule in RULES:
        for role in ROLES:
            if not rule.public and role in rule.roles:
                yield rule, role


CASES = list(cases())


def _id(case: Any) -> str:
    return case.rpc.name if isinstance(case, Rule) else str(case)


def snapshot(tenants: TwoTenants, tenant: Tenant) -> dict[str, Any]:
    """What the tenant sees of its own, which no stranger's request may change."""
    found: dict[str, Any] = {}
    for rule, role in CASES:
        if rule.http_method == "GET" and not rule.streams_out:
            response = ask(tenants, rule, tenant.tokens[role], Ids(tenant.ids, role=role))
            body = response.json()
            body.pop("request_id", None)
            body.pop("count_time", None)
            found[f"{rule.rpc.name} {role}"] = (response.status_code, body)
    return found


@pytest.fixture(scope="module")
def before(two_tenants: TwoTenants) -> dict[str, Any]:
    return snapshot(two_tenants, two_tenants.first)


# A vendor's contractors are paid by it, and have no account and no tax form of their own here.
NOTHING_TO_READ = {
    "GetPayoutAccount CONTRACTOR",
    "GetTaxIdentity CONTRACTOR",
    "GetPaySchedule CONTRACTOR",
    "GetPayoutRails CONTRACTOR",
    # Nothing was paid yet, and nothing is old enough for an invoice.
    "GetReceipt CLIENT",
    "GetInvoice CLIENT",
    # A question about a price that the test does not ask.
    "GetPriceCheck CLIENT",
}


def test_owners_read_what_is_theirs(two_tenants: TwoTenants, before: dict[str, Any]) -> None:
    refused = {
        name: (status, body.get("reason"))
        for name, (status, body) in before.items()
        if status != 200 and name not in NOTHING_TO_READ
    }
    assert refused == {}
    assert len(before) > 40


@pytest.mark.parametrize(("rule", "role"), CASES, ids=_id)
def test_a_strangers_id_is_as_good_as_nobodys(
    two_tenants: TwoTenants, before: dict[str, Any], rule: Rule, role: str
) -> None:
    first, second = two_tenants.first, two_tenants.second
    theirs = Ids(first.ids, role=role)
    if not names_an_id(rule, theirs):
        return
    nobody = Ids(nobodys(first.ids), role=role)
    unknown = ask(two_tenants, rule, second.tokens[role], nobody)
    foreign = ask(two_tenants, rule, second.tokens[role], theirs)
    assert foreign.status_code == unknown.status_code, (foreign.text, unknown.text)
    assert theirs.blank(foreign.text) == nobody.blank(unknown.text)
    assert first.mark not in foreign.text


@pytest.mark.parametrize("rule", [rule for rule, role in CASES if role == "CONTRACTOR"], ids=_id)
def test_a_colleagues_id_is_as_good_as_nobodys(two_tenants: TwoTenants, rule: Rule) -> None:
    tenant = two_tenants.second
    # The project is common to both; what one of them has of it is not.
    common = {name: one for name, one in tenant.ids.items() if name not in tenant.colleague}
    theirs = Ids(common | tenant.colleague, role="CONTRACTOR")
    if not names_an_id(rule, Ids({**tenant.colleague, "vendor_id": "", "client_id": ""},
                                 role="CONTRACTOR")):  # fmt: skip
        return
    nobody = Ids(common | nobodys(tenant.colleague), role="CONTRACTOR")
    token = tenant.tokens["CONTRACTOR"]
    unknown, foreign = (ask(two_tenants, rule, token, ids) for ids in (nobody, theirs))
    assert foreign.status_code == unknown.status_code, (foreign.text, unknown.text)
    assert theirs.blank(foreign.text) == nobody.blank(unknown.text)


# What no proto describes: path, method, who is admitted.
FILES = (
    ("/v1/media/{media_id}", "GET", "CLIENT"),
    ("/v1/media/{media_id}", "DELETE", "CLIENT"),
    ("/media/{media_id}", "GET", "CLIENT"),
    ("/v1/projects/{project_id}/export", "GET", "CLIENT"),
    ("/v1/projects/{project_id}/export?format=label_studio", "GET", "CLIENT"),
    ("/v1/projects/{project_id}/tasks:upload", "POST", "CLIENT"),
)


@pytest.mark.parametrize(("path", "method", "role"), FILES)
def test_files_of_a_stranger_are_as_good_as_nobodys(
    two_tenants: TwoTenants, before: dict[str, Any], path: str, method: str, role: str
) -> None:
    first, second = two_tenants.first, two_tenants.second
    texts = []
    for ids in (Ids(first.ids, role=role), Ids(nobodys(first.ids), role=role)):
        found = two_tenants.world.http.request(
            method,
            path.format(media_id=ids.of("media_id"), project_id=ids.of("project_id")),
            json=[{"external_id": "x", "data": {}}] if method == "POST" else None,
            headers=bearer(second.tokens[role]),
        )
        texts.append((found.status_code, ids.blank(found.text)))
    assert texts[0] == texts[1]
    assert texts[0][0] in (403, 404)
    token = first.tokens["CLIENT"]
    kept = two_tenants.world.call(token, "GET", f"/v1/media/{first.ids['media_id']}")
    assert kept["filename"] == f"{first.mark}.png"


@pytest.mark.parametrize("role", ROLES)
def test_no_list_shows_anything_of_a_stranger(two_tenants: TwoTenants, role: str) -> None:
    first, second = two_tenants.first, two_tenants.second
    own = Ids(second.ids, role=role)
    for rule, admitted in CASES:
        if admitted != role or rule.is_write:
            continue
        response = ask(two_tenants, rule, second.tokens[role], own)
        shown = {secret for secret in first.hidden if secret in response.text}
        assert shown == set(), (rule.rpc.name, response.text)


def test_clients_see_contractors_as_pseudonyms_alone(two_tenants: TwoTenants) -> None:
    tenant = two_tenants.second
    own = Ids(tenant.ids, role="CLIENT")
    people = {tenant.ids["contractor_id"], tenant.colleague["contractor_id"],
              f"{tenant.mark} worker", f"{tenant.mark}-1"}  # fmt: skip
    for rule, role in CASES:
        if role == "CLIENT" and not rule.is_write:
            response = ask(two_tenants, rule, tenant.tokens[role], own)
            assert not [one for one in people if one in response.text], rule.rpc.name


def test_whom_a_route_does_not_admit_learns_nothing(two_tenants: TwoTenants) -> None:
    first, second = two_tenants.first, two_tenants.second
    tried = 0
    for rule in RULES:
        for role in ROLES:
            if rule.public or role in rule.roles:
                continue
            response = ask(two_tenants, rule, second.tokens[role], Ids(first.ids, role=role))
            body = response.json()
            assert (response.status_code, body["reason"]) == (403, "ROLE_NOT_ADMITTED"), rule.path
            assert first.mark not in json.dumps(body)
            tried += 1
        if not rule.public:
            nobody = ask(two_tenants, rule, "", Ids(first.ids, role="CLIENT"))
            assert nobody.status_code == 401, rule.path
    assert tried > 80


def test_after_all_that_nothing_of_the_first_has_changed(
    two_tenants: TwoTenants, before: dict[str, Any]
) -> None:
    after = snapshot(two_tenants, two_tenants.first)
    changed = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    assert changed == {}


def test_fields_that_hold_ids_are_known() -> None:
    """A new kind of id in a request is one more thing to try: it is named here, or nowhere."""
    # Those that operators alone name, and providers of benefits, who are there for everybody.
    known = {"request_id", "external_id", "pay_calendar_id", "batch_id", "conversion_id"}
    known |= {"provider_id", "before_statement_id", "adjustment_id", "reverses_entry_id"}
    # Nobody has one here: a delivery is made by what happens, and a passing-on by a paid statement.
    known |= {"webhook_delivery_id", "pass_through_id", "paper_id"}
    ids = Ids(dict.fromkeys(TENANT_IDS, "x"), role="CLIENT")
    for rule in RULES:
        for field in rule.rpc.input_type.fields:
            name = json_name(field)
            if name.endswith("_id") and name not in known:
                assert ids.of(name) is not None, f"{rule.rpc.name}.{name}"


TENANT_IDS = (
    "client_id", "vendor_id", "client_person_id", "contractor_id", "project_id", "task_id",
    "assignment_id", "person_id", "invitation_id", "session_id", "api_key_id", "pay_period_id",
    "statement_id", "appeal_id", "breaker_id", "rule_id", "payment_id", "bank_transfer_id",
    "refund_id", "webhook_endpoint_id",
)  # fmt: skip
