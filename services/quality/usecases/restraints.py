"""An operator limits one contractor in one project, for a while and with a reason they read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from services.chassis.unit_of_work import Transactions, UnitOfWork
from services.quality.domain.limits import Limits
from services.quality.domain.records import ProjectRecord
from services.quality.store.limits import LimitsStore
from services.quality.usecases.limits import LimitSetting
from services.quality.usecases.reading import ContractorNotFound

REASON = "OPERATOR"


class Restraints:
    """Sets and lifts limits by hand."""

    def __init__(
        self, *, transactions: Transactions, limits: LimitsStore, setting: LimitSetting
    ) -> None:
        self._transactions = transactions
        self._limits = limits
        self._setting = setting

    async def limit(
        self,
        project: ProjectRecord,
        contractor_id: str,
        *,
        pause: timedelta,
        review: timedelta,
        restrict: timedelta,
        explanation: str,
    ) -> Limits:
        """From now on; nothing of them all lifts what was set, by rules, too.

        Errors:
            ContractorNotFound: nobody who has answered in the project.
        """

        async def body(work: UnitOfWork) -> Limits:
            of_whom = await self._limits.find(
                project.project_id, contractor_id, session=work.session
            )
            if of_whom is None:
                raise ContractorNotFound("no such contractor here", contractor_id=contractor_id)
            is_limited = bool(pause or review or restrict)
            [after] = await self._setting.change(
                work,
                [
                    (
                        of_whom,
                        lambda before: replace(
                            before,
                            paused_until=_until(work.now, pause),
                            review_until=_until(work.now, review),
                            restricted_until=_until(work.now, restrict),
                            extra_gold_until=before.extra_gold_until if is_limited else None,
                            reason=REASON if is_limited else "",
                            explanation=explanation if is_limited else "",
                        ),
                    )
                ],
                gold_share_max=project.policy.gold_share_max,
            )
            return after

        return await self._transactions.run(body)


def _until(now: datetime, span: timedelta) -> datetime | None:
    return now + span if span else None
