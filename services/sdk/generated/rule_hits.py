"""Operations on `rule_hits`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import RuleHit
from ..paging import AsyncPages, Pages
from ..routes import PageRoute

_LIST_RULE_HITS = PageRoute[RuleHit](method="GET", path="/v1/rule-hits", unwrap="hits")


class RuleHitsApi:
    """Operations on `rule_hits`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def list(
        self,
        *,
        project_id: str | None = None,
        contractor_id: str | None = None,
        page_size: int | None = None,
    ) -> Pages[RuleHit]:
        """What rules have done: to oneself, in one's pool, in one's projects or to all. Newest
        first. Errors: PAGE_TOKEN_INVALID.

        Args:
            project_id: Empty for all that the caller may see.
            contractor_id: Of this contractor alone; clients name nobody.
        """
        return Pages(
            self._http,
            _LIST_RULE_HITS,
            {"project_id": project_id, "contractor_id": contractor_id, "page_size": page_size},
        )


class AsyncRuleHitsApi:
    """Operations on `rule_hits`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    def list(
        self,
        *,
        project_id: str | None = None,
        contractor_id: str | None = None,
        page_size: int | None = None,
    ) -> AsyncPages[RuleHit]:
        """What rules have done: to oneself, in one's pool, in one's projects or to all. Newest
        first. Errors: PAGE_TOKEN_INVALID.

        Args:
            project_id: Empty for all that the caller may see.
            contractor_id: Of this contractor alone; clients name nobody.
        """
        return AsyncPages(
            self._http,
            _LIST_RULE_HITS,
            {"project_id": project_id, "contractor_id": contractor_id, "page_size": page_size},
        )
