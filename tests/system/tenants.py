"""Two clients and two vendors of one stack, with everything that each of them can have."""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.waiting import until

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg=="
)


@dataclass(kw_only=True)
class Tenant:
    """One client, one vendor and the vendor's contractors; nothing is shared with the other."""

    mark: str
    """Is part of every name and text that they bring."""
    tokens: dict[str, str] = field(default_factory=dict)
    """By role: access tokens of the client, the vendor and the first contractor."""
    ids: dict[str, str] = field(default_factory=dict)
    """One of each kind, by the name of the field that holds it."""
    colleague: dict[str, str] = field(default_factory=dict)
    """The same of the vendor's second contractor, where they have it."""
    hidden: set[str] = field(default_factory=set)
    """Ids and words that the other tenant never sees."""


class World:
    """Calls as their owners would make them."""

    def __init__(self, *, base_url: str, operator_key: str) -> None:
        self.http = httpx.Client(base_url=base_url, timeout=30, trust_env=False)
        self.operator = self._exchange(operator_key)

    def close(self) -> None:
        """Ends the connections."""
        self.http.close()

    def call(
        self, token: str, method: str, path: str, body: Any = None, **query: str
    ) -> dict[str, Any]:
        """An answer of 200."""
        response = self.http.request(method, path, json=body, params=query, headers=bearer(token))
        assert response.status_code in (200, 201), (method, path, response.text)
        found: dict[str, Any] = response.json()
        return found

    def tenant(self, mark: str) -> Tenant:
        """All of it, from registration to the first statement."""
        tenant = self.staffed(mark)
        self._project(tenant)
        self._work(tenant)
        self._appeal(tenant)
        self._rule(tenant)
        self._people(tenant)
        self._money(tenant)
        self._media(tenant)
        # Periods are everybody's.
        own = {name: one for name, one in tenant.ids.items() if name != "pay_period_id"}
        tenant.hidden |= {tenant.mark, *own.values(), *tenant.colleague.values()}
        return tenant

    def staffed(self, mark: str, *, country: str = "KE") -> Tenant:
        """A client with money, a vendor and two contractors; no work yet."""
        tenant = Tenant(mark=mark)
        self._organisations(tenant)
        self._pool(tenant, country)
        amount = {"amount_minor": 50_000, "currency": "USD"}
        body = {"client_id": tenant.ids["client_id"], "amount": amount}
        self.call(self.operator, "POST", "/v1/deposits", body)
        client = tenant.tokens["CLIENT"]
        until(lambda: self.call(client, "GET", "/v1/funds")["available"], "the deposit")
        return tenant

    def live_project(
        self, client: str, body: dict[str, Any], rows: list[dict[str, Any]], *, held_minor: int
    ) -> str:
        """A project that hands out these tasks; its id."""
        made = self.call(client, "POST", "/v1/projects", body)
        project_id = str(made["project"]["project_id"])
        self._again(client, f"/v1/projects/{project_id}:fund",
                    {"amount": {"amount_minor": held_minor, "currency": "USD"}})  # fmt: skip
        self._again(client, f"/v1/projects/{project_id}:activate")
        posted = self.call(client, "POST", f"/v1/projects/{project_id}/tasks", rows)
        assert posted["posted"] == len(rows), posted
        return project_id

    def _organisations(self, tenant: Tenant) -> None:
        for role in ("CLIENT", "VENDOR"):
            made = self._answer(
                self.http.post(
                    "/v1/organisations",
                    json={
                        "name": f"{tenant.mark} {role.lower()}",
                        "kind": role,
                        "email": f"{role.lower()}@{tenant.mark}.example",
                        "person_name": f"{tenant.mark} first",
                    },
                )
            )
            tenant.tokens[role] = self._exchange(made["secret"])
            name = "client_id" if role == "CLIENT" else "vendor_id"
            tenant.ids[name] = made["organisation"]["organisation_id"]
            tenant.ids[f"{role.lower()}_person_id"] = made["person"]["person_id"]
            tenant.ids[f"{role.lower()}_api_key_id"] = made["api_key"]["api_key_id"]

    def _pool(self, tenant: Tenant, country: str) -> None:
        vendor = tenant.tokens["VENDOR"]
        vendor_id = tenant.ids["vendor_id"]
        self.call(
            vendor, "POST", "/v1/vendors",
            {"legal_name": f"{tenant.mark} Ltd", "country": country,
             "contact_email": f"office@{tenant.mark}.example"},
        )  # fmt: skip
        self.call(self.operator, "POST", f"/v1/vendors/{vendor_id}:approve", {"reason": "checked"})
        rates = [{"kind": "CHOICE", "commission_bps": 1000}]
        self.call(vendor, "PUT", "/v1/rate-card", {"rates": rates})
        ids = []
        for number in (1, 2):
            row = {"external_id": f"{tenant.mark}-{number}", "name": f"{tenant.mark} worker",
                   "country": country}  # fmt: skip
            made = self.call(vendor, "POST", "/v1/contractors", row)
            ids.append(made["contractor"]["contractor_id"])
        tenant.ids["contractor_id"], tenant.colleague["contractor_id"] = ids
        keys = until(lambda: self._keys(vendor, ids), "keys for contractors")
        tokens = [self._exchange(secret) for secret in keys]
        tenant.tokens["CONTRACTOR"], tenant.tokens["COLLEAGUE"] = tokens

    def _keys(self, vendor: str, ids: list[str]) -> list[str] | None:
        wanted = [{"person_id": one} for one in ids]
        made = self.call(vendor, "POST", "/v1/api-keys:batchCreate", {"keys": wanted})
        secrets = [result["secret"] for result in made["results"]]
        return secrets if all(secrets) else None

    def _project(self, tenant: Tenant) -> None:
        rows = [
            {"external_id": f"{tenant.mark}-task-{n}", "data": {"image": f"{tenant.mark}{n}.jpg"}}
            for n in range(6)
        ]
        tenant.ids["project_id"] = self.live_project(
            tenant.tokens["CLIENT"], a_project(tenant), rows, held_minor=20_000
        )

    def _work(self, tenant: Tenant) -> None:
        for role, ids in (("CONTRACTOR", tenant.ids), ("COLLEAGUE", tenant.colleague)):
            claimed = until(lambda role=role: self._claim(tenant.tokens[role]), "work")  # type: ignore[misc]
            ids["task_id"] = claimed[0]["task_id"]
            ids["assignment_id"] = claimed[0]["assignment_id"]
            ids["held_assignment_id"] = claimed[1]["assignment_id"]
            answer = {
                "assignment_id": claimed[0]["assignment_id"],
                "lease_token": claimed[0]["lease_token"],
                "value": "yes",
                "active_seconds": 5,
            }
            body = {"answers": [answer]}
            done = self.call(tenant.tokens[role], "POST", "/v1/assignments:submit", body)
            assert "error" not in done["results"][0], done
        client, path = tenant.tokens["CLIENT"], f"/v1/projects/{tenant.ids['project_id']}/reviews"
        reviews = until(
            lambda: len(found := self.call(client, "GET", path)["answers"]) == 2 and found,
            "reviews",
        )
        first = next(r for r in reviews if r["assignment_id"] == tenant.ids["assignment_id"])
        decision = {"assignment_id": first["assignment_id"], "decision": "ACCEPTED",
                    "reason": f"{tenant.mark} is right"}  # fmt: skip
        self.call(client, "POST", "/v1/reviews:decide", {"decisions": [decision]})
        tenant.ids["review_assignment_id"] = tenant.colleague["assignment_id"]
        until(
            lambda: self.call(tenant.tokens["CONTRACTOR"], "GET", "/v1/earnings")["earnings"],
            "earnings",
        )

    def _appeal(self, tenant: Tenant) -> None:
        contractor, client = tenant.tokens["CONTRACTOR"], tenant.tokens["CLIENT"]
        [work] = self._claim(contractor, count=1)
        assignment_id = work["assignment_id"]
        answer = {"assignment_id": assignment_id, "lease_token": work["lease_token"],
                  "value": "no", "active_seconds": 5}  # fmt: skip
        self.call(contractor, "POST", "/v1/assignments:submit", {"answers": [answer]})
        decision = {"assignment_id": assignment_id, "decision": "REJECTED",
                    "reason": f"{tenant.mark} is wrong"}  # fmt: skip

        def reject() -> bool:
            made = self.call(client, "POST", "/v1/reviews:decide", {"decisions": [decision]})
            return "error" not in made["results"][0]

        until(reject, "a rejection")
        filed = {"assignment_id": assignment_id, "statement": f"{tenant.mark} is right"}
        made = self.call(contractor, "POST", "/v1/appeals", filed)
        tenant.ids["appeal_id"] = made["appeal"]["appeal_id"]

    def _rule(self, tenant: Tenant) -> None:
        rule = {
            "name": f"{tenant.mark} rule",
            "conditions": [{"statistic": "ANSWERS", "comparison": "ABOVE", "threshold": 1000}],
            "action": "NOTIFY",
            "action_hours": 1,
            "explanation": f"{tenant.mark} says so",
        }
        made = self.call(
            tenant.tokens["CLIENT"],
            "POST",
            f"/v1/projects/{tenant.ids['project_id']}/rules",
            {"request_id": str(uuid.uuid4()), "rule": rule, "is_active": True},
        )
        tenant.ids["rule_id"] = made["rule"]["rule_id"]

    def _claim(self, token: str, *, count: int = 2) -> list[dict[str, Any]]:
        found = self.call(token, "POST", "/v1/assignments:claim", {"max_assignments": count})
        assignments: list[dict[str, Any]] = found["assignments"]
        return assignments

    def _people(self, tenant: Tenant) -> None:
        made = self.call(
            tenant.tokens["CLIENT"], "POST", "/v1/people",
            {"email": f"second@{tenant.mark}.example", "name": f"{tenant.mark} second"},
        )  # fmt: skip
        person_id = tenant.ids["person_id"] = made["person"]["person_id"]
        client = tenant.tokens["CLIENT"]
        secrets = []
        for _ in range(2):  # the second takes the place of the first
            body = {"invitations": [{"person_id": person_id}]}
            asked = self.call(client, "POST", "/v1/invitations:batchCreate", body)["results"][0]
            tenant.ids["invitation_id"] = asked["invitation"]["invitation_id"]
            secrets.append(asked["secret"])
        first = tenant.ids["client_person_id"]
        body = {"invitations": [{"person_id": first}]}
        asked = self.call(client, "POST", "/v1/invitations:batchCreate", body)["results"][0]
        accepted = self._answer(
            self.http.post(
                "/v1/invitations:accept",
                json={
                    "secret": asked["secret"],
                    "email": f"client@{tenant.mark}.example",
                    "password": f"{tenant.mark} correct horse battery",
                    "device": f"{tenant.mark} laptop",
                },
            )
        )
        tenant.ids["session_id"] = accepted["session"]["session_id"]
        spare = [{"person_id": person_id, "label": f"{tenant.mark} spare"}]
        made = self.call(client, "POST", "/v1/api-keys:batchCreate", {"keys": spare})
        tenant.ids["api_key_id"] = made["results"][0]["api_key"]["api_key_id"]

    def _money(self, tenant: Tenant) -> None:
        self.call(tenant.tokens["VENDOR"], "POST", "/v1/payout-account", {})
        form = {"form": "TAX_FORM_W8BENE", "country": "KE", "id_type": "TAX_ID_TYPE_TIN",
                "number": "P051234567X", "legal_name": f"{tenant.mark} Ltd",
                "certified": True}  # fmt: skip
        self.call(tenant.tokens["VENDOR"], "POST", "/v1/tax-identity", form)
        closed = self.call(self.operator, "POST", "/v1/pay-periods", {})
        tenant.ids["pay_period_id"] = closed["pay_period"]["pay_period_id"]
        statements = until(
            lambda: self.call(tenant.tokens["VENDOR"], "GET", "/v1/statements")["statements"],
            "a statement",
        )
        tenant.ids["statement_id"] = statements[0]["statement_id"]
        self._funding(tenant)

    def _funding(self, tenant: Tenant) -> None:
        """A payment that nobody pays, a transfer that never comes, a refund, news."""
        client = tenant.tokens["CLIENT"]
        amount = {"amount_minor": 700, "currency": "USD"}
        paying = {"amount": amount, "description": f"{tenant.mark} pays"}
        made = self.call(client, "POST", "/v1/payments", paying)
        tenant.ids["payment_id"] = made["payment"]["payment_id"]
        coming = {"amount": amount, "sender": f"{tenant.mark} bank"}
        made = self.call(client, "POST", "/v1/bank-transfers:announce", coming)
        tenant.ids["bank_transfer_id"] = made["bank_transfer"]["bank_transfer_id"]
        made = self.call(client, "POST", "/v1/refunds", {"amount": amount, "note": tenant.mark})
        tenant.ids["refund_id"] = made["refund"]["refund_id"]
        # Nobody listens there: what is sent waits, and is tried again.
        place = {"url": f"https://{tenant.mark}.invalid/news", "types": ["statement.changed"]}
        made = self.call(client, "POST", "/v1/webhook-endpoints", place)
        tenant.ids["webhook_endpoint_id"] = made["webhook_endpoint"]["webhook_endpoint_id"]

    def _media(self, tenant: Tenant) -> None:
        made = self.http.post(
            "/v1/media",
            content=PIXEL + tenant.mark.encode(),
            params={"filename": f"{tenant.mark}.png"},
            headers={**bearer(tenant.tokens["CLIENT"]), "Content-Type": "image/png"},
        )
        assert made.status_code == 201, made.text
        tenant.ids["media_id"] = made.json()["media_id"]

    def _again(self, token: str, path: str, body: Any = None) -> None:
        """What may be early is repeated under the same key."""
        headers = {**bearer(token), "Idempotency-Key": str(uuid.uuid4())}
        until(
            lambda: self.http.post(path, json=body or {}, headers=headers).status_code == 200, path
        )

    def _exchange(self, secret: str) -> str:
        answer = self.http.post("/v1/access-tokens", json={"secret": secret})
        return str(self._answer(answer)["access_token"])

    def _answer(self, response: httpx.Response) -> dict[str, Any]:
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found


def a_project(tenant: Tenant) -> dict[str, Any]:
    """Work for the tenant's own vendor alone, all of it looked at by people."""
    return {
        "name": f"{tenant.mark} birds",
        "kind": "CHOICE",
        "instructions": f"Is there a {tenant.mark} bird?",
        "labels": ["yes", "no"],
        "pay": {"amount_minor": 50, "currency": "USD"},
        "commission_bps_max": 2000,
        "overlap": 1,
        "lease_seconds": 3600,
        "eligibility": {"vendor_ids": [tenant.ids["vendor_id"]], "exclude_direct": True},
        "quality_policy": {"review_share": 1.0},
    }


def bearer(token: str) -> dict[str, str]:
    """The header of a caller; none for nobody."""
    return {"Authorization": f"Bearer {token}"} if token else {}
