"""Exit code 0 where the service in this container answers: gRPC health, or the gateway's /healthz.

It reads the variables that the service reads.
"""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

_TIMEOUT_SECONDS = 4.0
# Past any proxy that the host's Docker configuration puts into the environment.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_GRPC_OPTIONS = (("grpc.enable_http_proxy", 0),)


def main() -> int:
    """Asks once."""
    http_port = os.environ.get("CREWLINE_HTTP_PORT")
    problem = _ask_http(http_port) if http_port else _ask_grpc(os.environ["CREWLINE_GRPC_PORT"])
    if problem:
        print(problem, file=sys.stderr)
    return 1 if problem else 0


def _ask_http(port: str) -> str:
    url = f"http://127.0.0.1:{port}/healthz"
    try:
        with _DIRECT.open(url, timeout=_TIMEOUT_SECONDS):
            return ""
    except (urllib.error.URLError, OSError) as err:
        return f"{url}: {err}"


def _ask_grpc(port: str) -> str:
    import grpc
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    address = f"127.0.0.1:{port}"
    ca_file = os.environ.get("CREWLINE_GRPC_CA_FILE")
    if ca_file:
        credentials = grpc.ssl_channel_credentials(Path(ca_file).read_bytes())
        channel = grpc.secure_channel(address, credentials, options=_GRPC_OPTIONS)
    else:
        channel = grpc.insecure_channel(address, options=_GRPC_OPTIONS)
    with channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(), timeout=_TIMEOUT_SECONDS
            )
        except grpc.RpcError as err:
            return f"{address}: {err}"
    serving = answer.status == health_pb2.HealthCheckResponse.SERVING
    return "" if serving else f"{address}: status {answer.status}"


if __name__ == "__main__":
    sys.exit(main())
