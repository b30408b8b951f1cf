"""Rulings replaced by later ones: stored, counted and told, in the caller's transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.errors import DomainError
from services.chassis.errors import Kind as ErrorKind
from services.chassis.unit_of_work import UnitOfWork
from services.quality.domain.decisions import Reason
from services.quality.domain.records import ProjectRecord, StoredRuling
from services.quality.domain.rulings import RulingState
from services.quality.store.projects import ProjectStore
from services.quality.store.rulings import RulingStore
from services.quality.usecases.outcome import Announce, Outcome

_TALLY_OF_REASON = {Reason.HELD: "held", Reason.APPEALED: "appeals_open"}


class AnswerNotFound(DomainError):
    """No such answer, or another organisation's."""

    kind, reason = ErrorKind.NOT_FOUND, "ANSWER_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A ruling and the one before it; None where it is the first."""

    before: StoredRuling | None
    after: StoredRuling


class Revisions:
    """Puts later rulings in the place of earlier ones."""

    def __init__(self, *, rulings: RulingStore, projects: ProjectStore, announce: Announce) -> None:
        self._rulings = rulings
        self._projects = projects
        self._announce = announce

    async def project(self, project_id: str) -> ProjectRecord | None:
        return await self._projects.get(project_id)

    async def of_answers(
        self, assignment_ids: Sequence[str], *, work: UnitOfWork
    ) -> dict[str, StoredRuling]:
        """Those that are ruled on, as this transaction sees them."""
        return await self._rulings.get_many(assignment_ids, session=work.session)

    async def withheld_under(
        self, under: str, *, limit: int, work: UnitOfWork
    ) -> list[StoredRuling]:
        """Rejections that wait for one appeal or breaker."""
        return await self._rulings.withheld_under(under, limit=limit, session=work.session)

    async def put(
        self,
        revisions: Sequence[Revision],
        *,
        work: UnitOfWork,
        writer: str,
        told: bool = True,
    ) -> None:
        """`writer` names the part of the process that counts; `told`: others hear of it.

        Of one answer at most one.
        """
        first = [one.after for one in revisions if one.before is None]
        if first:
            await self._rulings.insert(first, session=work.session)
        later = [one.after for one in revisions if one.before is not None]
        if later:
            await self._rulings.replace(later, session=work.session)
        by_project: dict[str, list[Revision]] = defaultdict(list)
        for one in revisions:
            by_project[one.after.project_id].append(one)
        for project_id, found in sorted(by_project.items()):
            await self._projects.count(
                project_id, _deltas(found), writer=writer, session=work.session
            )
            project = await self._projects.get(project_id)
            if told and project is not None:
                self._announce(
                    work,
                    Outcome(
                        project_id=project_id,
                        kind=project.kind,
                        rulings=[one.after for one in found],
                    ),
                )


def _deltas(revisions: Sequence[Revision]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for one in revisions:
        for stored, step in ((one.before, -1), (one.after, 1)):
            if stored is None or stored.ruling.state is RulingState.PENDING:
                continue
            counts[stored.ruling.state.value] += step
            reason = stored.ruling.reason
            if reason in _TALLY_OF_REASON and stored.ruling.withheld is not None:
                counts[_TALLY_OF_REASON[reason]] += step
    return dict(counts)
