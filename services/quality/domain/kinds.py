"""Which scorer judges which kind of answer."""

from __future__ import annotations

from collections.abc import Mapping

from services.quality.domain.scorers.choice import ChoiceScorer
from services.quality.domain.scorers.interface import Scorer
from services.quality.domain.scorers.pairwise import PairwiseScorer
from services.quality.domain.scorers.structured import StructuredScorer
from services.quality.domain.scorers.text import TextScorer
from services.quality.domain.types import Kind

SCORERS: Mapping[Kind, Scorer] = {
    Kind.CHOICE: ChoiceScorer(),
    Kind.PAIRWISE: PairwiseScorer(),
    Kind.TEXT: TextScorer(),
    Kind.STRUCTURED: StructuredScorer(),
    Kind.ORDINAL: ChoiceScorer(),
    Kind.NUMERIC: StructuredScorer(),
    Kind.RANKED: StructuredScorer(),
    Kind.REGIONS: StructuredScorer(),
    Kind.SPANS: StructuredScorer(),
    Kind.CODE: StructuredScorer(),
}


def scorer_of(kind: Kind) -> Scorer:
    return SCORERS[kind]
