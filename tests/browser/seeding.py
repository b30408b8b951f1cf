"""People, money and projects through the REST door, as programs of theirs would make them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.waiting import until

PASSWORD = "four plain words here"
_WAIT_SECONDS = 30.0


def request_id() -> str:
    return str(uuid.uuid4())


def wait_for(probe: Callable[[], Any], *, what: str, timeout_seconds: float = _WAIT_SECONDS) -> Any:
    """The first true answer of a probe; fails the test without one in time."""
    return until(probe, what, timeout_seconds=timeout_seconds)


class Rest:
    """Calls with one key, or with none."""

    def __init__(self, base: str, key: str = "") -> None:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(base_url=base, headers=headers, timeout=20, trust_env=False)

    def close(self) -> None:
        self._client.close()

    def send(self, method: str, path: str, **body: Any) -> Any:
        """The answer's JSON; fails the test where it was refused."""
        answer = self._client.request(
            method,
            f"/v1{path}",
            json=body if method != "GET" else None,
            headers={"idempotency-key": request_id()},
        )
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    def patiently(self, method: str, path: str, **body: Any) -> Any:
        """For what another service must have heard of first."""

        def attempt() -> Any:
            headers = {"idempotency-key": request_id()}
            answer = self._client.request(method, f"/v1{path}", json=body, headers=headers)
            return answer.json() if answer.status_code == 200 else None

        return wait_for(attempt, what=path)

    def upload(self, body: bytes, media_type: str) -> Any:
        """A file that tasks may show."""
        answer = self._client.post("/v1/media", content=body, headers={"content-type": media_type})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def post_tasks(self, project_id: str, rows: list[dict[str, Any]]) -> Any:
        lines = "\n".join(json.dumps(row) for row in rows)
        answer = self._client.post(
            f"/v1/projects/{project_id}/tasks",
            content=lines,
            headers={"content-type": "application/x-ndjson"},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    """Who there is."""

    base: str
    operator: Rest
    client: Rest
    client_id: str
    vendor: Rest
    vendor_id: str

    def close(self) -> None:
        for each in (self.operator, self.client, self.vendor):
            each.close()


def seed(target: dict[str, Any], *, name: str) -> Seeded:
    """A client with money, and an approved vendor."""
    base = str(target["gateway"])
    operator = Rest(base, Path(str(target["operator_key_file"])).read_text().strip())
    anybody = Rest(base)
    client = anybody.send(
        "POST",
        "/organisations",
        name=f"{name} Labs",
        kind="ORGANISATION_KIND_CLIENT",
        email=f"client@{name.lower()}.example.com",
        person_name="Ada Byron",
        password=PASSWORD,
    )
    vendor = anybody.send(
        "POST",
        "/organisations",
        name=f"{name} Crowd",
        kind="ORGANISATION_KIND_VENDOR",
        email=f"vendor@{name.lower()}.example.com",
        person_name="Wanjiru Kamau",
        password=PASSWORD,
    )
    anybody.close()
    seeded = Seeded(
        base=base,
        operator=operator,
        client=Rest(base, client["secret"]),
        client_id=client["organisation"]["organisation_id"],
        vendor=Rest(base, vendor["secret"]),
        vendor_id=vendor["organisation"]["organisation_id"],
    )
    seeded.vendor.send(
        "POST",
        "/vendors",
        legal_name=f"{name} Crowd Ltd",
        country="US",
        contact_email=f"vendor@{name.lower()}.example.com",
    )
    operator.send("POST", f"/vendors/{seeded.vendor_id}:approve", reason="known")
    operator.send(
        "POST",
        "/deposits",
        client_id=seeded.client_id,
        amount={"amount_minor": 5_000_000, "currency": "USD"},
    )
    wait_for(
        lambda: seeded.client.send("GET", "/funds").get("available"), what="the client's money"
    )
    return seeded


def enrol(seeded: Seeded, *, name: str, direct: bool = False) -> tuple[str, str]:
    """A contractor: their id, and the path of their invitation."""
    owner = seeded.operator if direct else seeded.vendor
    made = owner.send(
        "POST",
        "/contractors",
        external_id=request_id(),
        name=name,
        country="US",
        languages=["en"],
    )
    contractor_id = made["contractor"]["contractor_id"]

    def invited() -> str:
        answer = owner.send(
            "POST",
            "/invitations:batchCreate",
            invitations=[{"person_id": contractor_id}],
        )
        return str(answer["results"][0].get("secret", ""))

    secret = wait_for(invited, what="accounts knows the contractor")
    return contractor_id, f"/invitations/accept#{secret}"


def live_project(
    seeded: Seeded, *, rows: list[dict[str, Any]], held_minor: int = 2_000, **given: Any
) -> str:
    """A funded project that hands out work."""
    made = seeded.client.send(
        "POST",
        "/projects",
        **{
            "pay": {"amount_minor": 8, "currency": "USD"},
            "commission_bps_max": 2500,
            "overlap": 1,
            "lease_seconds": 600,
            **given,
        },
    )
    project_id = str(made["project"]["project_id"])
    seeded.client.patiently(
        "POST",
        f"/projects/{project_id}:fund",
        project_id=project_id,
        amount={"amount_minor": held_minor, "currency": "USD"},
    )
    wait_for(
        lambda: (
            seeded.client.send("GET", f"/projects/{project_id}")["project"]["state"]
            == "PROJECT_STATE_FUNDED"
        ),
        what="the broker knows the project's money",
    )
    posted = seeded.client.post_tasks(project_id, rows)
    assert int(posted["posted"]) == len(rows), posted
    seeded.client.send("POST", f"/projects/{project_id}:activate", project_id=project_id)
    return project_id
