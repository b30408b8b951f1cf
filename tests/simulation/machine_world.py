"""The world of the state machine: the scene, the model of its books, and how it goes on."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from tests.simulation import cast
from tests.simulation.cast import Cast
from tests.simulation.day import PayDay
from tests.simulation.model import UNITS, Books, Terms
from tests.simulation.plans import Plan
from tests.simulation.play import Play, end_what_is_left
from tests.simulation.stage import Stage
from tests.simulation.stripe_world import stripe_world

T = TypeVar("T")
NOBODY_YET = Cast(direct=(0, 0), abroad=(0,), by_file=(0,))
_TERMS = Terms(
    pay_units=cast.PAY_UNITS,
    fee_bps=cast.FEE_BPS,
    benefits_bps=cast.BENEFITS_BPS,
    reserve_bps=cast.RESERVE_BPS,
    commission_bps_max=cast.COMMISSION_BPS_MAX,
)
# As much as there can ever be to pay; the platform has more.
_GLOBAL_MINOR = 40_000


class World(RuleBasedStateMachine):
    """`stage` is set by whoever runs it; rules are its subclasses' own."""

    stage: Stage

    def __init__(self) -> None:
        super().__init__()
        self.model = Books(terms=_TERMS)
        self.orders = 0
        self.stack = contextlib.AsyncExitStack()

    # The world

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        random.seed(seed)
        picture = self.stage.picture(NOBODY_YET)
        self.loop.rewind(seed=seed, at_seconds=picture.at_seconds)
        self.stage.database.become(picture.documents)

        async def open_world() -> None:
            self.stripe = await self.stack.enter_async_context(
                stripe_world(self.loop, seed=seed, picture=picture.stripe)
            )
            self.scene = Play(
                loop=self.loop,
                database=self.stage.database,
                stripe=self.stripe,
                secrets=picture.secrets,
                plan=Plan(seed=seed),
            )
            self.hooks = await self.scene.hooks()
            self.day = PayDay(scene=self.scene, cast=NOBODY_YET)
            await self.scene.staff()
            await self.scene.somebody()
            self.scene.take_files()
            await self.day.to_global(_GLOBAL_MINOR, number=1)

        self.run(open_world())
        self.model.available = cast.DEPOSIT_MINOR * UNITS
        assert self.model.hold(cast.HOLD_MINOR)

    @property
    def loop(self) -> Any:
        return self.stage.loop

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        result: T = self.loop.run_until_complete(work)
        return result

    def number(self) -> int:
        self.orders += 1
        return self.orders

    async def leave(self) -> None:
        await self.scene.end()
        await self.hooks.cleanup()
        await end_what_is_left()
        await self.stack.aclose()
