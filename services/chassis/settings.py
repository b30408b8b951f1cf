"""Settings that every process has, from the environment or from secret files."""

from __future__ import annotations

import sys
from typing import Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

SettingsT = TypeVar("SettingsT", bound="ProcessSettings")


class ProcessSettings(BaseSettings):
    """What any process of ours is told, whatever it talks to.

    Read from `CREWLINE_*` variables. A file of the same lower-case name in the folder that
    CREWLINE_SECRETS_DIR names does as well, so that secrets need not be in the environment.
    """

    model_config = SettingsConfigDict(env_prefix="CREWLINE_", extra="ignore", frozen=True)

    grpc_ca_file: str = Field(default="", description="checks peers' certificates; empty: no TLS")
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(default=0, ge=0, le=65535)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    stop_grace_seconds: float = Field(default=10.0, gt=0, le=300)
    ready_file: str = Field(
        default="", description="written with the chosen ports once the service is ready"
    )


class StoreSettings(ProcessSettings):
    """Of a process that has a database of its own."""

    mongo_uri: SecretStr = Field(description="mongodb:// address of the replica set")
    mongo_database: str = Field(min_length=1, max_length=38)


class ServiceSettings(StoreSettings):
    """Of a process that has a database, is on the bus and answers gRPC."""

    nats_url: str = Field(pattern=r"^(nats|tls)://")
    nats_user: str = ""
    nats_password: SecretStr = SecretStr("")
    nats_ca_file: str = ""
    stream_prefix: str = Field(
        default="", pattern=r"^[A-Za-z0-9]*$", description="keeps the streams of test runs apart"
    )
    grpc_host: str = "127.0.0.1"
    grpc_port: int = Field(default=0, ge=0, le=65535)
    grpc_certificate_file: str = ""
    grpc_private_key_file: str = ""
    accounts_address: str = Field(default="", description="host:port of accounts, for the key set")


def load_settings(kind: type[SettingsT]) -> SettingsT:
    """All of them, or a list of everything that is wrong on stderr and exit code 2."""
    import os

    try:
        return kind(_secrets_dir=os.environ.get("CREWLINE_SECRETS_DIR") or None)  # type: ignore[call-arg]
    except ValidationError as err:
        print(f"{kind.__name__}: {err.error_count()} settings are wrong:", file=sys.stderr)
        for problem in err.errors(include_input=False, include_url=False):
            name = "CREWLINE_" + "_".join(str(part) for part in problem["loc"]).upper()
            print(f"  {name}: {problem['msg']}", file=sys.stderr)
        raise SystemExit(2) from None
