"""`python -m deploy.nats.apply` makes a server's streams and consumers what topology.toml says.

It needs a user that may change streams; services' own users may not. Running it again is nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from services.chassis.bus import Bus
from services.chassis.errors import DomainError
from services.chassis.logs import configure_logs
from services.chassis.topology import TOPOLOGY_FILE, Topology, apply_topology, load_topology

_REPLICAS = (1, 3, 5)


def main() -> None:
    """Exit code 1 where the server does not answer or refuses."""
    given = _parse(sys.argv[1:])
    configure_logs(service="nats-apply")
    try:
        topology = load_topology(path=given.topology)
    except (OSError, ValueError, KeyError) as err:
        sys.exit(f"{given.topology}: {err!r}")
    try:
        asyncio.run(_apply(given, topology))
    except DomainError as err:
        sys.exit(f"{given.url}: {err.message}: {err.__cause__ or err}")
    except Exception as err:
        sys.exit(f"{given.url}: {err!r}")
    print(f"{len(topology.streams) + 1} streams, {len(topology.consumers)} consumers")


async def _apply(given: argparse.Namespace, topology: Topology) -> None:
    bus = await Bus.connect(
        url=given.url,
        name="topology",
        user=given.user,
        password=_password(given),
        ca_file=given.ca_file,
    )
    try:
        await apply_topology(bus.js, topology, replicas=given.replicas)
    finally:
        await bus.close()


def _password(given: argparse.Namespace) -> str:
    if given.password_file is not None:
        password: str = given.password_file.read_text().strip()
        return password
    return os.environ.get("CREWLINE_NATS_PASSWORD", "")


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.nats.apply", description=__doc__)
    parser.add_argument("--url", required=True, help="nats://host:port or tls://host:port")
    parser.add_argument("--user", default=os.environ.get("CREWLINE_NATS_USER", ""))
    parser.add_argument(
        "--password-file", type=Path, help="left out, the password is CREWLINE_NATS_PASSWORD"
    )
    parser.add_argument("--ca-file", default="", help="checks the server's certificate")
    parser.add_argument(
        "--replicas", type=int, choices=_REPLICAS, default=1, help="copies of each stream"
    )
    parser.add_argument("--topology", type=Path, default=TOPOLOGY_FILE)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
