"""Operations on `rules`.

Written from the protos by `make protos`: not edited by hand.
"""

from __future__ import annotations

from ..http_async import AsyncHttp
from ..http_sync import SyncHttp
from ..messages import DryRun, Rule, RuleDraft
from ..paging import AsyncPages, Pages
from ..routes import PageRoute, Route

_PUT_RULE = Route[Rule](
    method="POST", path="/v1/projects/{project_id}/rules", body="*", unwrap="rule"
)

_LIST_RULES = PageRoute[Rule](method="GET", path="/v1/projects/{project_id}/rules", unwrap="rules")

_DRY_RUN_RULE = Route[DryRun](
    method="POST", path="/v1/projects/{project_id}/rules:dry-run", body="*", unwrap="dry_run"
)


class RulesApi:
    """Operations on `rules`."""

    def __init__(self, http: SyncHttp) -> None:
        self._http = http

    def put(
        self,
        project_id: str,
        *,
        rule: RuleDraft,
        rule_id: str | None = None,
        is_active: bool | None = None,
        idempotency_key: str | None = None,
    ) -> Rule:
        """Makes a rule, or the next version of one: what an older version did stays. Errors:
        PROJECT_NOT_FOUND, RULE_NOT_FOUND, RULE_INVALID, TOO_MANY_RULES.

        Args:
            rule_id: Empty for a new rule.
            idempotency_key: the same key is answered as the first time.
        """
        return self._http.send(
            _PUT_RULE,
            {"project_id": project_id, "rule_id": rule_id, "rule": rule, "is_active": is_active},
            idempotency_key,
        )

    def list(self, project_id: str, *, page_size: int | None = None) -> Pages[Rule]:
        """The newest version of each, in the order of rule_id. Errors: PROJECT_NOT_FOUND,
        PAGE_TOKEN_INVALID.
        """
        return Pages(self._http, _LIST_RULES, {"project_id": project_id, "page_size": page_size})

    def dry_run(self, project_id: str, *, rule: RuleDraft) -> DryRun:
        """What a rule would have done on all that happened in the project so far, and how many of
        those it would have hit deserved it. Changes nothing, and so does a repeat. Errors:
        PROJECT_NOT_FOUND, RULE_INVALID, DRY_RUNS_BUSY.
        """
        return self._http.send(_DRY_RUN_RULE, {"project_id": project_id, "rule": rule})


class AsyncRulesApi:
    """Operations on `rules`."""

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def put(
        self,
        project_id: str,
        *,
        rule: RuleDraft,
        rule_id: str | None = None,
        is_active: bool | None = None,
        idempotency_key: str | None = None,
    ) -> Rule:
        """Makes a rule, or the next version of one: what an older version did stays. Errors:
        PROJECT_NOT_FOUND, RULE_NOT_FOUND, RULE_INVALID, TOO_MANY_RULES.

        Args:
            rule_id: Empty for a new rule.
            idempotency_key: the same key is answered as the first time.
        """
        return await self._http.send(
            _PUT_RULE,
            {"project_id": project_id, "rule_id": rule_id, "rule": rule, "is_active": is_active},
            idempotency_key,
        )

    def list(self, project_id: str, *, page_size: int | None = None) -> AsyncPages[Rule]:
        """The newest version of each, in the order of rule_id. Errors: PROJECT_NOT_FOUND,
        PAGE_TOKEN_INVALID.
        """
        return AsyncPages(
            self._http, _LIST_RULES, {"project_id": project_id, "page_size": page_size}
        )

    async def dry_run(self, project_id: str, *, rule: RuleDraft) -> DryRun:
        """What a rule would have done on all that happened in the project so far, and how many of
        those it would have hit deserved it. Changes nothing, and so does a repeat. Errors:
        PROJECT_NOT_FOUND, RULE_INVALID, DRY_RUNS_BUSY.
        """
        return await self._http.send(_DRY_RUN_RULE, {"project_id": project_id, "rule": rule})
