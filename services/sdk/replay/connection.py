"""Where a stack is, and open channels to it: one target, five services, one channel each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crewline.accounts.v1.service_pb2_grpc import AccountsServiceStub
from crewline.broker.v1.service_pb2_grpc import BrokerServiceStub
from crewline.payouts.v1.service_pb2_grpc import PayoutsServiceStub
from crewline.quality.v1.service_pb2_grpc import QualityServiceStub
from crewline.vendors.v1.service_pb2_grpc import VendorsServiceStub
from services.chassis.grpc_client import open_channel

if TYPE_CHECKING:
    from crewline.accounts.v1.service_pb2_grpc import AccountsServiceAsyncStub
    from crewline.broker.v1.service_pb2_grpc import BrokerServiceAsyncStub
    from crewline.payouts.v1.service_pb2_grpc import PayoutsServiceAsyncStub
    from crewline.quality.v1.service_pb2_grpc import QualityServiceAsyncStub
    from crewline.vendors.v1.service_pb2_grpc import VendorsServiceAsyncStub

TARGET_VARIABLE = "CREWLINE_TARGET"
OPERATOR_KEY_VARIABLE = "CREWLINE_OPERATOR_KEY"
TARGET_FILE = Path(".local/stack/target.json")
SERVICES = ("accounts", "vendors", "broker", "quality", "payouts")
_PORTS = {"accounts": 7001, "vendors": 7002, "broker": 7003, "quality": 7004, "payouts": 7005}


class TargetInvalid(Exception):
    """Nothing says where the stack is, or what says it cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Addresses (`host:port`) of the five services, and what else a local stack tells of itself."""

    accounts: str
    vendors: str
    broker: str
    quality: str
    payouts: str
    gateway: str = ""
    operator_key: str = field(default="", repr=False)
    # The Stripe sandbox's own address; empty where the stack talks to Stripe itself.
    sandbox_url: str = ""
    # The services' metrics ports, by service.
    metrics: Mapping[str, str] = field(default_factory=dict)
    ca_file: str = ""


def find_target(environment: Mapping[str, str], *, folder: Path) -> Target:
    """The target that CREWLINE_TARGET names, or else the one that `make run` started in `folder`.

    The variable holds a path to a target.json, its text, `name=host:port` for all five services
    with commas between them, or one host that has them all on their usual ports.

    Errors:
        TargetInvalid: neither is there, or it does not hold what is needed.
    """
    said = environment.get(TARGET_VARIABLE, "").strip()
    key = environment.get(OPERATOR_KEY_VARIABLE, "").strip()
    if said.startswith("{"):
        return _from_json(said, where=TARGET_VARIABLE, folder=folder, key=key)
    if "=" in said:
        return _from_pairs(said, key=key)
    if said and "/" not in said and not said.endswith(".json") and not Path(said).exists():
        return _from_host(said, key=key)
    path = Path(said) if said else _started_here(folder)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as err:
        hint = "" if said else f"; start it with `make run`, set {TARGET_VARIABLE} or add --stack"
        raise TargetInvalid(f"no stack is known: {path}: {err.strerror}{hint}") from err
    return _from_json(text, where=str(path), folder=path.parent, key=key)


def _started_here(folder: Path) -> Path:
    """In `folder`, or else in the checkout that this code is in."""
    checkout = Path(__file__).resolve().parents[3] / TARGET_FILE
    here = folder / TARGET_FILE
    return checkout if checkout.exists() and not here.exists() else here


def _from_json(text: str, *, where: str, folder: Path, key: str) -> Target:
    try:
        said = json.loads(text)
    except ValueError as err:
        raise TargetInvalid(f"{where}: is no JSON: {err}") from err
    if not isinstance(said, dict):
        raise TargetInvalid(f"{where}: is no JSON object")
    missing = [name for name in SERVICES if not isinstance(said.get(name), str) or not said[name]]
    if missing:
        raise TargetInvalid(f"{where}: says no address of {', '.join(missing)}")
    key_file = said.get("operator_key_file", "")
    if not key and key_file:
        key = _read_key(folder / key_file)
    known = {item.name for item in fields(Target)}
    kept: dict[str, Any] = {name: value for name, value in said.items() if name in known}
    return Target(**{**kept, "operator_key": key or str(said.get("operator_key", ""))})


def _from_pairs(said: str, *, key: str) -> Target:
    pairs = dict(part.strip().partition("=")[::2] for part in said.split(",") if part.strip())
    unknown = sorted(set(pairs) - set(SERVICES) - {"gateway"})
    missing = sorted(set(SERVICES) - set(pairs))
    if unknown or missing:
        wrong = f"unknown: {', '.join(unknown)}" if unknown else f"missing: {', '.join(missing)}"
        raise TargetInvalid(f"{TARGET_VARIABLE}: {wrong}; it names {', '.join(SERVICES)}")
    return _addressed(pairs, key=key)


def _from_host(host: str, *, key: str) -> Target:
    if ":" in host:
        raise TargetInvalid(
            f"{TARGET_VARIABLE}={host}: one address is not enough; name all five as "
            "accounts=host:port,vendors=…, or only the host where they have their usual ports"
        )
    return _addressed({name: f"{host}:{port}" for name, port in _PORTS.items()}, key=key)


def _addressed(addresses: dict[str, str], *, key: str) -> Target:
    return Target(
        accounts=addresses["accounts"],
        vendors=addresses["vendors"],
        broker=addresses["broker"],
        quality=addresses["quality"],
        payouts=addresses["payouts"],
        gateway=addresses.get("gateway", ""),
        operator_key=key,
    )


def _read_key(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as err:
        raise TargetInvalid(f"the operator's key {path}: {err.strerror}") from err


class Connection:
    """Stubs of the five services over channels that reconnect by themselves."""

    accounts: AccountsServiceAsyncStub
    vendors: VendorsServiceAsyncStub
    broker: BrokerServiceAsyncStub
    quality: QualityServiceAsyncStub
    payouts: PayoutsServiceAsyncStub

    def __init__(self, target: Target) -> None:
        self.target = target
        channels = {
            name: open_channel(getattr(target, name), ca_file=target.ca_file) for name in SERVICES
        }
        self._channels = tuple(channels.values())
        self.accounts = AccountsServiceStub(channels["accounts"])
        self.vendors = VendorsServiceStub(channels["vendors"])
        self.broker = BrokerServiceStub(channels["broker"])
        self.quality = QualityServiceStub(channels["quality"])
        self.payouts = PayoutsServiceStub(channels["payouts"])

    async def close(self) -> None:
        """Ends the channels; calls in flight are cancelled."""
        for channel in self._channels:
            await channel.close()
