"""Preferences between two answers: the consensus of choices, under priors that believe less."""

from __future__ import annotations

from services.quality.domain.scorers.choice import ChoiceScorer
from services.quality.domain.scorers.priors import PAIRWISE, Priors


class PairwiseScorer(ChoiceScorer):
    """Scores a project whose answers say which of two is better, or that neither is."""

    def __init__(self, priors: Priors = PAIRWISE) -> None:
        super().__init__(priors)
