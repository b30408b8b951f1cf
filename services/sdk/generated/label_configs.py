"""Operations on `label_configs`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import CheckLabelConfigResponse
from ..routes import Route

_CHECK_LABEL_CONFIG = Route[CheckLabelConfigResponse](
    method="POST", path="/v1/label-configs:check", body="*"
)


class LabelConfigsApi:
    """Operations on `label_configs`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def check(
        self, label_config: str, *, data: Sequence[Mapping[str, Any]] | None = None
    ) -> CheckLabelConfigResponse:
        """What a label config asks of tasks and of answers, and what is wrong with it or with the
        tasks that are sent along; nothing is written. A read; a repeat tells the same.

        Args:
            data: Task data to check against it: each a JSON object.
        """
        return self._http.send(_CHECK_LABEL_CONFIG, {"label_config": label_config, "data": data})


class AsyncLabelConfigsApi:
    """Operations on `label_configs`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def check(
        self, label_config: str, *, data: Sequence[Mapping[str, Any]] | None = None
    ) -> CheckLabelConfigResponse:
        """What a label config asks of tasks and of answers, and what is wrong with it or with the
        tasks that are sent along; nothing is written. A read; a repeat tells the same.

        Args:
            data: Task data to check against it: each a JSON object.
        """
        return await self._http.send(
            _CHECK_LABEL_CONFIG, {"label_config": label_config, "data": data}
        )
