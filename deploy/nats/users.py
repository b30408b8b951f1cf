"""Writes users.conf: what each service's user of the bus may do, as topology.toml has it.

`python -m deploy.nats.users` after every change of topology.toml; a test compares the two.
"""

from __future__ import annotations

from pathlib import Path

from services.chassis.bus import inbox_prefix
from services.chassis.topology import ConsumerSpec, Topology, load_topology

USERS_FILE = Path(__file__).with_name("users.conf")

_HEAD = """\
# Written by `python -m deploy.nats.users` from topology.toml; do not edit.
#
# A service publishes its own events and its own dead letters, pulls and acknowledges its own
# consumers, and hears only its own inbox. Whatever is not listed is refused.

# Defines ACCOUNTS_PASSWORD and its like; deploy/compose/make-secrets.sh writes it. The server takes
# no absolute path here: from /etc/nats this is /run/secrets/nats_passwords.
include "../../run/secrets/nats_passwords"

users: [
"""
# For deploy.nats.apply: it makes and changes, and neither reads, publishes nor deletes.
_TOPOLOGY_PUBLISHES = (
    "$JS.API.STREAM.INFO.*",
    "$JS.API.STREAM.CREATE.*",
    "$JS.API.STREAM.UPDATE.*",
    "$JS.API.CONSUMER.INFO.*.*",
    "$JS.API.CONSUMER.CREATE.>",
    "$JS.API.CONSUMER.DURABLE.CREATE.*.*",
)
_EVENTS = "_EVENTS"


def users_conf(topology: Topology) -> str:
    """The text of users.conf."""
    publishes = {
        stream.name.removesuffix(_EVENTS).lower(): list(stream.subjects)
        for stream in topology.streams
    }
    for consumer in topology.consumers.values():
        service = consumer.name.split("__")[0]
        publishes[service] += _consumes(consumer, topology)
    publishes["topology"] = list(_TOPOLOGY_PUBLISHES)
    return _HEAD + "".join(_user(name, subjects) for name, subjects in publishes.items()) + "]\n"


def _consumes(consumer: ConsumerSpec, topology: Topology) -> list[str]:
    place = f"{consumer.stream}.{consumer.name}"
    return [
        f"$JS.API.CONSUMER.INFO.{place}",
        f"$JS.API.CONSUMER.MSG.NEXT.{place}",
        f"$JS.ACK.{place}.>",
        topology.dead_subject(consumer.name),
    ]


def _user(name: str, publishes: list[str]) -> str:
    lines = (
        "  {",
        f"    user: {name}",
        f"    password: ${name.upper()}_PASSWORD",
        "    permissions: {",
        "      publish: [",
        *(f'        "{subject}"' for subject in publishes),
        "      ]",
        f'      subscribe: ["{inbox_prefix(name)}.>"]',
        "    }",
        "  }",
    )
    return "".join(line + "\n" for line in lines)


def main() -> None:
    """Writes the file."""
    USERS_FILE.write_text(users_conf(load_topology()))
    print(f"wrote {USERS_FILE}")


if __name__ == "__main__":
    main()
