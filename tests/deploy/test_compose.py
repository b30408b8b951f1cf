"""The compose file: valid, pinned, closed by default, and with every secret in its place."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import jsonschema
import pytest

from deploy.local.servers import nats_server_path
from tests.deploy.compose_file import COMPOSE_FILE, Service, load_compose
from tests.deploy.tools import run

DATA = Path(__file__).resolve().parents[1] / "data" / "compose"
COMPOSE = load_compose()
ALL = tuple(COMPOSE.services.values())
OURS = ("accounts", "vendors", "broker", "quality", "payouts", "gateway")
# On the bus and answering gRPC; the gateway has a database and neither.
ON_THE_BUS = tuple(name for name in OURS if name != "gateway")


def names(service: Service) -> str:
    return service.name


def test_it_is_what_the_compose_specification_allows() -> None:
    schema = json.loads((DATA / "compose-spec.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    problems = [
        f"{list(error.path)}: {error.message}" for error in validator.iter_errors(COMPOSE.raw)
    ]
    assert problems == []


def test_the_schema_would_notice_a_mistake() -> None:
    schema = json.loads((DATA / "compose-spec.json").read_text())
    wrong = {"services": {"broker": {"image": "x", "depend_on": ["nats"]}}}
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(wrong))


@pytest.mark.parametrize("service", ALL, ids=names)
def test_images_are_pinned_to_a_full_version(service: Service) -> None:
    assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+(-[a-z]+)?(@sha256:[0-9a-f]{64})?", service.image)


@pytest.mark.parametrize("service", ALL, ids=names)
def test_containers_are_locked_down(service: Service) -> None:
    raw = service.raw
    assert raw["read_only"] is True
    assert raw["cap_drop"] == ["ALL"]
    assert raw["security_opt"] == ["no-new-privileges:true"]
    assert not raw.get("privileged")
    assert set(raw["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert raw["logging"]["options"]["max-size"]
    if service.name == "nats-volume":
        assert raw["cap_add"] == ["CHOWN"]
        assert raw["network_mode"] == "none"
        return
    assert "cap_add" not in raw
    # Ours have their user from the image; test_image.py sees to it.
    assert service.is_ours or raw["user"].split(":")[0] != "0"


@pytest.mark.parametrize("service", ALL, ids=names)
def test_servers_are_watched_and_restarted_and_jobs_end(service: Service) -> None:
    if service.is_job:
        assert service.raw.get("healthcheck", {}).get("disable", True)
        return
    assert service.raw["restart"] == "unless-stopped"
    if not service.is_ours:
        check = service.raw["healthcheck"]
        assert {"test", "interval", "timeout", "retries", "start_period"} <= set(check)


def test_only_the_gateway_and_the_watchers_are_published_and_on_the_loopback() -> None:
    published = {service.name: service.raw["ports"] for service in ALL if "ports" in service.raw}
    assert set(published) == {"gateway", "prometheus", "grafana"}
    for ports in published.values():
        assert all(port.startswith("127.0.0.1:") for port in ports)


def test_only_those_who_must_can_reach_outside() -> None:
    assert COMPOSE.raw["networks"]["inside"] == {"internal": True}
    outside = {service.name for service in ALL if "outside" in service.raw.get("networks", [])}
    assert outside == {"gateway", "payouts", "prometheus", "grafana"}


@pytest.mark.parametrize("service", ALL, ids=names)
def test_what_it_waits_for_can_come_true(service: Service) -> None:
    for name, condition in service.depends_on.items():
        awaited = COMPOSE.services[name]
        wanted = "service_completed_successfully" if awaited.is_job else "service_healthy"
        assert condition == wanted


def test_every_job_is_awaited_by_what_stays() -> None:
    """`up --wait` takes a job that nobody waits for, and that has ended, for a failure."""
    awaited = {
        name for service in ALL if not service.is_job for name in service.depends_on
    }  # fmt: skip
    assert {service.name for service in ALL if service.is_job} <= awaited


@pytest.mark.parametrize("name", OURS)
def test_a_service_waits_for_its_database_and_its_streams(name: str) -> None:
    needed = {"mongo-init", "nats-topology"} if name in ON_THE_BUS else {"mongo-init"}
    assert needed <= set(COMPOSE.services[name].depends_on)


def test_no_secret_is_written_in_the_file() -> None:
    text = COMPOSE_FILE.read_text()
    assert not re.search(r"(sk_(test|live)|whsec|ck)_\w{6,}", text)
    for service in ALL:
        for name, value in service.environment.items():
            if re.search(r"PASSWORD|SECRET|KEY|TOKEN|URI", name) and name != "CREWLINE_SECRETS_DIR":
                assert value.startswith("/run/secrets/"), f"{service.name}: {name}"


def test_secrets_are_mounted_where_they_are_needed_and_nowhere_else() -> None:
    declared = set(COMPOSE.raw["secrets"])
    mounted = {secret for service in ALL for secret in service.secrets.values()}
    assert mounted == declared
    for name in OURS:
        own = set(COMPOSE.services[name].secrets.values())
        others = {
            secret for secret in own for other in OURS
            if other != name and secret.startswith(f"{other}_")
        }  # fmt: skip
        assert others == set()
        if name in ON_THE_BUS:
            assert {f"{name}_mongo_uri", f"{name}_nats_password", f"{name}_private_key"} <= own
    assert set(COMPOSE.services["gateway"].secrets.values()) == {
        "ca_certificate", "gateway_mongo_uri", "media_signing_key",
    }  # fmt: skip
    assert "ca_private_key" not in declared


def test_make_secrets_makes_every_secret_of_the_file(secrets: Path) -> None:
    for name, secret in COMPOSE.raw["secrets"].items():
        assert secret["file"] == f"./secrets/{name}"
        assert (secrets / name).read_text().strip(), name


def test_secrets_are_closed_to_others_on_the_host(secrets: Path) -> None:
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert (secrets / "ca_private_key").stat().st_mode & 0o777 == 0o400
    for name in COMPOSE.raw["secrets"]:
        # Containers read them as users of their own.
        assert (secrets / name).stat().st_mode & 0o777 == 0o444, name
    assert not list(secrets.glob(".*")), "a draft was left behind"


def test_making_secrets_again_changes_none(secrets: Path) -> None:
    before = {path.name: path.read_bytes() for path in secrets.iterdir()}
    # Without Stripe's in the environment: they are there already.
    subprocess.run(
        [COMPOSE_FILE.with_name("make-secrets.sh"), secrets], check=True, capture_output=True
    )
    assert {path.name: path.read_bytes() for path in secrets.iterdir()} == before


def test_secrets_of_stripe_are_asked_for_by_name(tmp_path: Path) -> None:
    done = run(
        COMPOSE_FILE.with_name("make-secrets.sh"),
        tmp_path / "secrets",
        environment={"PATH": "/usr/bin:/bin", "STRIPE_SECRET_KEY": "sk_test_x"},
    )
    assert done.returncode == 2
    assert "STRIPE_WEBHOOK_SECRET_PLATFORM STRIPE_WEBHOOK_SECRET_CONNECT" in done.stderr
    assert "STRIPE_SECRET_KEY " not in done.stderr


def verified(secrets: Path, certificate: Path, host: str) -> subprocess.CompletedProcess[str]:
    return run(
        "openssl", "verify", "-CAfile", secrets / "ca_certificate", "-purpose", "sslserver",
        "-verify_hostname", host, certificate,
    )  # fmt: skip


def test_every_certificate_is_of_our_authority_and_names_its_server(secrets: Path) -> None:
    servers = {name: [name] for name in (*ON_THE_BUS, "nats")}
    servers["mongo"] = ["mongo-1", "mongo-2", "mongo-3"]
    for name, hosts in servers.items():
        certificate = secrets / f"{name}_certificate"
        for host in hosts:
            done = verified(secrets, certificate, host)
            assert done.returncode == 0, done.stdout + done.stderr
        assert verified(secrets, certificate, "elsewhere").returncode != 0


def test_connections_between_containers_are_encrypted(secrets: Path) -> None:
    for name in OURS:
        variables = COMPOSE.services[name].environment
        assert variables["CREWLINE_GRPC_CA_FILE"] == "/run/secrets/ca_certificate"
    for name in ON_THE_BUS:
        service = COMPOSE.services[name]
        assert service.environment["CREWLINE_NATS_URL"].startswith("tls://")
        assert service.environment["CREWLINE_GRPC_CERTIFICATE_FILE"] == "/run/secrets/certificate"
    for name in OURS:
        assert "tls=true" in (secrets / f"{name}_mongo_uri").read_text()
    assert "--tls" in COMPOSE.services["nats"].command
    mongod = (COMPOSE_FILE.parents[1] / "mongo" / "mongod.conf").read_text()
    assert "mode: requireTLS" in mongod


def test_the_bus_that_is_deployed_is_the_one_that_is_tested() -> None:
    said = run(nats_server_path(), "--version").stdout
    version = re.search(r"v(\d+\.\d+\.\d+)", said)
    assert version is not None
    assert COMPOSE.services["nats"].image == f"nats:{version.group(1)}-alpine"


def test_ports_are_those_that_prometheus_scrapes(repository: Path) -> None:
    scraped = (repository / "deploy" / "prometheus" / "prometheus.yaml").read_text()
    for name in OURS:
        assert f"{name}:{COMPOSE.services[name].environment['CREWLINE_METRICS_PORT']}" in scraped
