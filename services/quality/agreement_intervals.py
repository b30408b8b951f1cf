"""Krippendorff's alpha with its interval, for reports: by bootstrap, which takes its time.

The live value needs no library: see `domain.agreement`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

RESAMPLES = 1_000
CELLS_MAX = 4_000_000
"""Contractors times tasks: the library works on the dense table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementInterval:
    """Alpha with its 95 % interval."""

    alpha: float
    low: float
    high: float


def alpha_with_interval(
    answers: Mapping[str, Mapping[str, str]],
    *,
    order: Sequence[str] = (),
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> AgreementInterval | None:
    """Of labels by task and contractor; with an order the labels are steps in it.

    Tasks are left out from the last on where the table would be too large. None where nothing can
    be compared: no task has two answers, or all answers are the same. The same seed gives the same
    interval.
    """
    compared = {task: given for task, given in answers.items() if len(given) > 1}
    people = sorted({who for given in compared.values() for who in given})
    tasks = list(compared)[: CELLS_MAX // max(len(people), 1)]
    labels = list(order) or sorted({said for task in tasks for said in compared[task].values()})
    codes = {label: float(i) for i, label in enumerate(labels)}
    table = [
        [codes.get(compared[task].get(who, ""), float("nan")) for task in tasks] for who in people
    ]
    if len({compared[task][who] for task in tasks for who in compared[task]} & set(codes)) < 2:
        return None
    # The library is large and needed by reports alone: a service that makes none goes without.
    import evalica
    import pandas as pd  # type: ignore[import-untyped]

    found = evalica.alpha_bootstrap(
        pd.DataFrame(table, index=people, columns=tasks),
        distance="ordinal" if order else "nominal",
        n_resamples=resamples,
        random_state=seed,
    )
    return AgreementInterval(alpha=float(found.alpha), low=float(found.low), high=float(found.high))
