"""Which scorer judges which kind of answer."""

from __future__ import annotations

from collections.abc import Mapping

from services.quality.domain.scorers.choice import ChoiceScorer
from services.quality.domain.scorers.code import CodeScorer
from services.quality.domain.scorers.interface import Scorer
from services.quality.domain.scorers.numeric import NumericScorer
from services.quality.domain.scorers.ordinal import OrdinalScorer
from services.quality.domain.scorers.pairwise import PairwiseScorer
from services.quality.domain.scorers.ranked import RankedScorer
from services.quality.domain.scorers.regions import RegionsScorer
from services.quality.domain.scorers.spans import SpansScorer
from services.quality.domain.scorers.structured import StructuredScorer
from services.quality.domain.scorers.text import TextScorer
from services.quality.domain.similarity import measure_of_task
from services.quality.domain.types import Kind

SCORERS: Mapping[Kind, Scorer] = {
    Kind.CHOICE: ChoiceScorer(),
    Kind.PAIRWISE: PairwiseScorer(),
    Kind.TEXT: TextScorer(),
    Kind.STRUCTURED: StructuredScorer(measure_of_task),
    Kind.ORDINAL: OrdinalScorer(),
    Kind.NUMERIC: NumericScorer(),
    Kind.RANKED: RankedScorer(),
    Kind.REGIONS: RegionsScorer(),
    Kind.SPANS: SpansScorer(),
    Kind.CODE: CodeScorer(),
}


def scorer_of(kind: Kind) -> Scorer:
    return SCORERS[kind]
