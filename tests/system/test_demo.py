"""The demo of `make run`: replays once, remembers it, says what went wrong, lets people sign in."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Any

import httpx

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from crewline.accounts.v1.service_pb2_grpc import AccountsServiceStub
from crewline.broker.v1 import service_pb2 as broker_pb2
from crewline.broker.v1.service_pb2_grpc import BrokerServiceStub
from crewline.common.v1 import authorisation_pb2
from crewline.payouts.v1 import service_pb2 as payouts_pb2
from crewline.payouts.v1.service_pb2_grpc import PayoutsServiceStub
from crewline.vendors.v1 import service_pb2 as vendors_pb2
from crewline.vendors.v1.service_pb2_grpc import VendorsServiceStub
from deploy.local.demo import Recording, replay_all
from deploy.local.folder import read_json
from deploy.local.log_errors import error_lines
from deploy.local.sign_ins import WHO, SignIn, ensure_sign_ins
from deploy.local.stack import Stack
from services.chassis.grpc_client import call, open_channel

SHORT = Recording(
    name="bluebird", kind="choice", what="which bird is on the photo", limit=300, invites=True
)
WITH_GAPS = Recording(name="crowdspeech_dev_clean", kind="text", what="speech", limit=300)


async def test_the_demo_replays_once_and_its_money_comes_by_the_webhooks(tmp_path: Path) -> None:
    said: list[str] = []
    async with Stack(folder=tmp_path / "stack", free_ports=True) as stack:
        [first] = await replay_all(stack.folder, again=False, say=said.append, recordings=(SHORT,))
        assert (first.problems, first.before) == ([], False)
        assert (first.report["answers_in"], first.report["answers_recorded"]) == (300, 300)
        paid_units = first.report["paid_minor"] * 10_000 + first.report["rest_units"]
        assert paid_units == first.report["earned_units"] > 0
        assert first.report["trial_balance_units"] == 0
        assert first.report["ledger_stripe_minor"] == first.report["sandbox_stripe_minor"]
        counts = _webhooks(stack)
        assert counts.keys() == {("platform", "200"), ("connect", "200")}
        assert min(counts.values()) > 0

        sign_ins = await _check_sign_ins(stack, first.report)
        await _check_what_they_see(stack, sign_ins, first.report)

        again, malformed = await replay_all(
            stack.folder, again=False, say=said.append, recordings=(SHORT, WITH_GAPS)
        )
        assert (again.before, again.report, again.problems) == (True, first.report, [])
        assert malformed.problems == ["gave no report (exit code 2)"]
        assert not (stack.folder.path / "demo" / f"{WITH_GAPS.name}.json").exists()
        logs = [stack.folder.log_file(name) for name in stack.parts]
        assert [str(error) for error in error_lines(logs)] == []
    assert said[1] == "bluebird: replayed before (--demo replays it again)"


async def _check_sign_ins(stack: Stack, report: dict[str, Any]) -> list[SignIn]:
    """They are made once, whatever run breaks off; what cannot be had is said."""
    folder = stack.folder
    told: list[str] = []

    async def ensure(*reports: dict[str, Any]) -> list[SignIn]:
        return await ensure_sign_ins(
            folder, target=stack.target(), reports=reports, say=told.append
        )

    assert [one.name for one in await ensure()] == ["operator"], "without a demo there is no other"
    unasked = await ensure({"invitations": []})
    assert [one.name for one in unasked] == ["operator"]
    assert len(told) == 4
    assert told[0].startswith("no sign-in as client: ")

    first = await ensure(report)
    assert [one.name for one in first] == list(WHO)
    assert len({one.password for one in first}) == len(WHO)
    assert await ensure() == await ensure(report) == first
    # A run that broke off before it wrote them down; its invitations are used up.
    folder.sign_ins_file.unlink()
    assert await ensure(report) == first
    assert len(told) == 4

    kept = read_json(folder.sign_ins_file)
    assert kept["console"] == f"{stack.target()['gateway']}/sign-in"
    assert kept["sign_ins"] == [
        {"as": one.name, "email": one.email, "password": one.password} for one in first
    ]
    for file in (folder.sign_ins_file, folder.secrets_file):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    return first


async def _check_what_they_see(
    stack: Stack, sign_ins: list[SignIn], report: dict[str, Any]
) -> None:
    """Each signs in as who they are, and has the demo's own data before them."""
    target = stack.target()

    async def ask(service: str, stub: Any, method: str, request: Any, token: str = "") -> Any:
        async with open_channel(str(target[service]), own_connection=True) as channel:
            return await call(
                getattr(stub(channel), method), request, timeout_seconds=20, token=token
            )

    tokens, roles = {}, {}
    for one in sign_ins:
        sign_in = accounts_pb2.SignInRequest(email=one.email, password=one.password)
        begun = await ask("accounts", AccountsServiceStub, "SignIn", sign_in)
        refresh = accounts_pb2.RefreshSessionRequest(session_secret=begun.session_secret)
        refreshed = await ask("accounts", AccountsServiceStub, "RefreshSession", refresh)
        tokens[one.name] = refreshed.access_token
        roles[one.name] = list(refreshed.roles)
        if one.name == "client":
            assert refreshed.organisation_id == report["client_id"]
    assert roles == {
        "client": [authorisation_pb2.ROLE_CLIENT],
        "vendor": [authorisation_pb2.ROLE_VENDOR],
        "contractor": [authorisation_pb2.ROLE_CONTRACTOR],
        "direct": [authorisation_pb2.ROLE_CONTRACTOR],
        "operator": [authorisation_pb2.ROLE_OPERATOR],
    }
    for name in ("client", "operator"):
        projects = await ask(
            "broker",
            BrokerServiceStub,
            "ListProjects",
            broker_pb2.ListProjectsRequest(),
            tokens[name],
        )
        assert report["project_id"] in [project.project_id for project in projects.projects]
    for name in ("contractor", "direct"):
        said = await ask(
            "payouts",
            PayoutsServiceStub,
            "GetEarnings",
            payouts_pb2.GetEarningsRequest(),
            tokens[name],
        )
        assert [earned.paid_units > 0 for earned in said.earnings] == [True]
    pool = await ask(
        "vendors",
        VendorsServiceStub,
        "ListContractors",
        vendors_pb2.ListContractorsRequest(),
        tokens["vendor"],
    )
    asked_in = {one["as"]: one["person_id"] for one in report["invitations"]}
    assert asked_in["contractor"] in [one.contractor_id for one in pool.contractors]


def _webhooks(stack: Stack) -> dict[tuple[str, str], float]:
    """How many deliveries of Stripe's the gateway answered, by endpoint and status."""
    url = f"http://127.0.0.1:{stack.ports.metrics['gateway']}/metrics"
    text = httpx.get(url, timeout=10, trust_env=False).text
    found = re.findall(
        r'^crewline_http_total\{route="/webhooks/stripe/(\w+)",status="(\d+)"\} (\S+)$',
        text,
        re.MULTILINE,
    )
    return {(endpoint, status): float(count) for endpoint, status, count in found}
