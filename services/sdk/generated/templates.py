"""Operations on `templates`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import Template
from ..paging import AsyncPages, Pages
from ..routes import PageRoute

_LIST_TEMPLATES = PageRoute[Template](method="GET", path="/v1/templates", unwrap="templates")


class TemplatesApi:
    """Operations on `templates`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def list(self, *, page_size: int | None = None) -> Pages[Template]:
        """Kinds of work that are ready to use, each with a label config and an example."""
        return Pages(self._http, _LIST_TEMPLATES, {"page_size": page_size})


class AsyncTemplatesApi:
    """Operations on `templates`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    def list(self, *, page_size: int | None = None) -> AsyncPages[Template]:
        """Kinds of work that are ready to use, each with a label config and an example."""
        return AsyncPages(self._http, _LIST_TEMPLATES, {"page_size": page_size})
