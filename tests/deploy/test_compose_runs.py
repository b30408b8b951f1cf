"""The deployment of compose.yaml, run: real servers, every service from the image, real secrets.

Containers are emulated (emulation.py says what that leaves out); everything else is as deployed:
users with passwords, TLS everywhere, a replica set of three, the jobs before the services.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from crewline.accounts.v1 import service_pb2 as accounts_pb2
from crewline.accounts.v1 import service_pb2_grpc as accounts_grpc
from crewline.vendors.v1 import service_pb2 as vendors_pb2
from crewline.vendors.v1 import service_pb2_grpc as vendors_grpc
from deploy.local.processes import can_connect
from deploy.local.servers import mongod_path, nats_server_path
from tests.deploy import image
from tests.deploy.compose_file import load_compose
from tests.deploy.dashboard import queries as dashboard_queries
from tests.deploy.emulation import Emulation
from tests.deploy.exposed import catalogue, families, family_of
from tests.deploy.promql import metrics_of
from tests.deploy.rules import rules
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

SERVICES = ("accounts", "vendors", "broker", "quality", "payouts", "gateway")
MEMBERS = ("mongo-1", "mongo-2", "mongo-3")


@pytest.fixture(scope="module")
def deployment(
    tmp_path_factory: pytest.TempPathFactory, secrets: Path, mongosh: list[str], prometheus: str
) -> Iterator[Emulation]:
    folder = tmp_path_factory.mktemp("compose")
    emulation = Emulation(
        folder=folder,
        secrets=secrets,
        image=image.build(folder / "image"),
        programs={
            "mongod": [mongod_path()],
            "mongosh": mongosh,
            "nats-server": [nats_server_path()],
            "prometheus": [prometheus],
        },
    )
    try:
        start(emulation)
        yield emulation
    finally:
        emulation.stop()


def start(emulation: Emulation) -> None:
    """In the order of depends_on."""
    for name in MEMBERS:
        port = emulation.port(f"{name}:27017")
        emulation.start(name, more=["--port", str(port), "--bind_ip", "127.0.0.1"])
    for name in MEMBERS:
        until_listening(emulation, name, "27017")
    emulation.finish("mongo-init")
    port = emulation.port("nats:4222")
    monitor = str(emulation.port("nats:8222"))
    emulation.start("nats", more=["-a", "127.0.0.1", "-p", str(port), "-m", monitor])
    until_listening(emulation, "nats", "4222")
    emulation.finish("nats-topology")
    for name in SERVICES:
        emulation.start(name)
    for name in SERVICES:
        emulation.until_healthy(name)
    watch = emulation.port("prometheus:9090")
    emulation.start("prometheus", more=[f"--web.listen-address=127.0.0.1:{watch}"])


def until_listening(emulation: Emulation, name: str, port: str) -> None:
    container = emulation.containers[name]

    def listens() -> bool:
        assert container.is_running, f"{name} ended:\n{container.log_tail()}"
        return can_connect(emulation.port(f"{name}:{port}"))

    until(listens, f"{name} listens")


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as err:
        return err.code, err.read().decode()
    except urllib.error.URLError:
        return 0, ""


def ask_prometheus(emulation: Emulation, path: str, **parameters: str) -> Any:
    query = urllib.parse.urlencode(parameters)
    port = emulation.port("prometheus:9090")
    status, body = get(f"http://127.0.0.1:{port}/api/v1/{path}?{query}")
    return json.loads(body)["data"] if status == 200 else None


def channel(emulation: Emulation, address: str) -> grpc.Channel:
    ca = (emulation.secrets / "ca_certificate").read_bytes()
    return grpc.secure_channel(
        f"127.0.0.1:{emulation.port(address)}", grpc.ssl_channel_credentials(ca)
    )


def operator_token(emulation: Emulation) -> str:
    """The operator's key, from the secret, for a token."""
    secret = (emulation.secrets / "bootstrap_operator_key").read_text().strip()
    with channel(emulation, "accounts:7001") as open_channel:
        answer = accounts_grpc.AccountsServiceStub(open_channel).ExchangeApiKey(
            accounts_pb2.ExchangeApiKeyRequest(secret=secret), timeout=10
        )
    return str(answer.access_token)


def scrape(emulation: Emulation, name: str) -> str:
    variables = load_compose().services[name].environment
    port = emulation.port(f"{name}:{variables['CREWLINE_METRICS_PORT']}")
    status, text = get(f"http://127.0.0.1:{port}/metrics")
    assert status == 200
    return text


def value(exposition: str, sample: str) -> float:
    for line in exposition.splitlines():
        if line.startswith(sample + " "):
            return float(line.rpartition(" ")[2])
    return 0.0


def test_every_service_behind_the_gateway_is_ready(deployment: Emulation) -> None:
    port = deployment.port("gateway:8080")
    status, body = get(f"http://127.0.0.1:{port}/readyz")
    assert status == 200, body
    assert json.loads(body)["ready"] is True


def test_a_service_refuses_calls_that_are_not_encrypted(deployment: Emulation) -> None:
    address = f"127.0.0.1:{deployment.port('accounts:7001')}"
    with grpc.insecure_channel(address) as open_channel, pytest.raises(grpc.RpcError) as refused:
        accounts_grpc.AccountsServiceStub(open_channel).GetKeySet(
            accounts_pb2.GetKeySetRequest(), timeout=5
        )
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


def test_an_event_goes_from_service_to_service(deployment: Emulation) -> None:
    """Database, outbox, bus and consumers with each service's own users."""
    metadata = (("authorization", f"Bearer {operator_token(deployment)}"),)
    request = vendors_pb2.EnrolContractorRequest(
        request_id=str(uuid.uuid4()),
        contractor=vendors_pb2.NewContractor(
            external_id="c-1", name="Contractor One", country="KE", languages=["en"]
        ),
    )
    with channel(deployment, "vendors:7002") as open_channel:
        answer = vendors_grpc.VendorsServiceStub(open_channel).EnrolContractor(
            request, timeout=10, metadata=metadata
        )
    assert answer.contractor.contractor_id
    for name in ("accounts", "broker", "payouts"):
        sample = (
            "crewline_consumer_messages_total"
            f'{{consumer="{name}__contractors_changed",outcome="acked"}}'
        )

        def has_heard(name: str = name, sample: str = sample) -> bool:
            return bool(value(scrape(deployment, name), sample) >= 1)

        until(has_heard, f"{name} hears of the contractor")
    until(
        lambda: value(scrape(deployment, "vendors"), "crewline_outbox_rows") == 0,
        "the outbox is empty",
    )


def test_what_the_rules_and_the_dashboard_ask_for_is_exposed(deployment: Emulation) -> None:
    exposed = {name: families(scrape(deployment, name)) for name in SERVICES}
    anywhere = set().union(*exposed.values())
    ours = catalogue()
    asked = {
        family_of(metric)
        for query in [*(rule.query for rule in rules()), *dashboard_queries()]
        for metric in metrics_of(query)
        if metric in ours and metric != "up"
    }
    assert len(asked) > 20
    assert asked - anywhere == set()


def test_prometheus_scrapes_every_service(deployment: Emulation) -> None:
    def up() -> set[str]:
        data = ask_prometheus(deployment, "query", query='up{job!="prometheus"} == 1')
        return {series["metric"]["job"] for series in data["result"]} if data else set()

    until(lambda: up() >= set(SERVICES), "every service is up", timeout_seconds=90)
    assert up() == set(SERVICES)


def test_prometheus_can_answer_every_query(deployment: Emulation) -> None:
    until(lambda: ask_prometheus(deployment, "query", query="up"), "prometheus answers")
    for query in [*(rule.query for rule in rules()), *dashboard_queries()]:
        assert ask_prometheus(deployment, "query", query=query) is not None, query

    def evaluated() -> bool:
        groups = ask_prometheus(deployment, "rules")["groups"]
        found = [rule for group in groups for rule in group["rules"]]
        assert not [rule["lastError"] for rule in found if rule.get("lastError")]
        return len(found) == len(rules()) and all(rule["health"] == "ok" for rule in found)

    until(evaluated, "every rule is evaluated", timeout_seconds=60)


def test_no_service_logs_an_error(deployment: Emulation) -> None:
    for name in SERVICES:
        container = deployment.containers[name]
        assert container.is_running
        for line in container.log.read_text().splitlines():
            if line.startswith("{"):
                assert json.loads(line)["level"] not in {"error", "critical"}, line
            else:
                # gRPC's own word on the caller without TLS of the test above.
                assert "Handshake failed" in line


def test_a_service_stops_in_order_when_it_is_told_to(deployment: Emulation) -> None:
    container = deployment.containers["gateway"]
    assert container.process is not None
    container.process.terminate()
    grace = container.service.raw["stop_grace_period"]
    assert container.process.wait(timeout=float(grace.removesuffix("s"))) == 0
    deployment.start("gateway")
    deployment.until_healthy("gateway")
