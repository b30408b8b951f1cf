"""Where each part of the stack listens: the documented ports where they are free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.local.processes import free_port

SERVICES = ("accounts", "vendors", "broker", "quality", "payouts", "gateway")
MONGOD, NATS, SANDBOX, HTTP = 27117, 4322, 12111, 8080
GRPC = {"accounts": 7001, "vendors": 7002, "broker": 7003, "quality": 7004, "payouts": 7005}
METRICS = {
    "accounts": 9101, "vendors": 9102, "broker": 9103, "quality": 9104, "payouts": 9105,
    "gateway": 9106,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPorts:
    """Chosen once a stack: a part that comes back comes back on its port."""

    mongod: int
    nats: int
    sandbox: int
    http: int
    grpc: dict[str, int]
    metrics: dict[str, int]


def choose_ports(
    *, services: Iterable[str], only_free: bool, last: Mapping[str, Any]
) -> StackPorts:
    """The documented ports, or with `only_free` the last run's; others where these are taken.

    `last` is what the folder remembers, as `dataclasses.asdict` made it; it may be empty.
    """

    def port(documented: int, before: int = 0) -> int:
        return free_port(before if only_free else documented)

    grpc, metrics = last.get("grpc", {}), last.get("metrics", {})
    return StackPorts(
        # A replica set knows itself by its port: where its data was, it stays if it can.
        mongod=free_port(last.get("mongod", 0)) if last else port(MONGOD),
        nats=port(NATS, last.get("nats", 0)),
        sandbox=port(SANDBOX, last.get("sandbox", 0)),
        http=port(HTTP, last.get("http", 0)),
        # Of every service, also of those that are not started: the gateway asks them all.
        grpc={name: port(documented, grpc.get(name, 0)) for name, documented in GRPC.items()},
        metrics={name: port(METRICS[name], metrics.get(name, 0)) for name in services},
    )
