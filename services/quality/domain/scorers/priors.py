"""What is believed of a crowd before it has answered, and how many answers that belief weighs."""

from __future__ import annotations

from dataclasses import dataclass

from services.quality.domain.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Priors:
    """Strengths are in answers: one of 10 weighs as much as ten credited answers."""

    pool_accuracy: float
    pool_strength: float
    accuracy_strength: float
    row_strength_per_class: float
    """Of one row of a confusion matrix, towards the contractor's own accuracy.

    The more classes there are, the fewer answers fall to each row.
    """
    gold_strength: float
    """Gold answers a contractor at which the gold-only estimate reaches half its full weight."""
    even_class_share: float
    """How much of the class prior stays even however skewed the classes turn out."""
    credit_from: int
    """A task credits its contractors from this many answers on; gold does from the first."""

    def pool_accuracy_of(self, pool: Tally) -> float:
        return pool.accuracy(prior=self.pool_accuracy, strength=self.pool_strength)

    def accuracy_of(self, tally: Tally, pool_accuracy: float) -> float:
        return tally.accuracy(prior=pool_accuracy, strength=self.accuracy_strength)


CHOICE = Priors(
    pool_accuracy=0.75,
    pool_strength=100.0,
    accuracy_strength=10.0,
    row_strength_per_class=2.0,
    gold_strength=20.0,
    even_class_share=0.1,
    credit_from=3,
)

# Which answer stands left is arbitrary: the classes of a preference are even by construction.
# People really differ, so one is slower to believe much of anyone; pairs get few answers, so
# credit starts at the second.
PAIRWISE = Priors(
    pool_accuracy=0.65,
    pool_strength=100.0,
    accuracy_strength=20.0,
    row_strength_per_class=20.0 / 3,
    gold_strength=5.0,
    even_class_share=1.0,
    credit_from=2,
)
