"""One run: a pay day from a picture, with whatever the plan has in store, and its books."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, replace

from tests.simulation.books import check_paid, same
from tests.simulation.cast import Cast
from tests.simulation.database import Picture, SimulatedDatabase
from tests.simulation.day import PayDay
from tests.simulation.loop import SimulatedLoop
from tests.simulation.plans import Plan
from tests.simulation.play import Play, end_what_is_left
from tests.simulation.stripe_world import stripe_world

# Longer than a notification is late, and than what is under way is asked for again.
_AFTERWARDS_SECONDS = 150.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a run came to, if its books were right."""

    operations: tuple[int, ...]
    """Of each process that there was."""
    effects: tuple[int, ...]
    """The first process's operations that changed something outside of it."""
    ordered_at: int
    """The first process's operation after which money was to move."""
    paid_at: int
    """The one after which everybody was paid, and all that came in was there."""
    virtual_seconds: float
    restarts: int


def play(
    loop: SimulatedLoop, database: SimulatedDatabase, picture: Picture, plan: Plan, cast: Cast
) -> Played:
    """Runs a plan from a picture; raises what is wrong.

    Errors: BooksWrongError, NeverEndsError, StandStillError.
    """
    random.seed(plan.seed)
    loop.rewind(seed=plan.seed, at_seconds=picture.at_seconds)
    database.become(picture.documents)
    return loop.run_until_complete(_play(loop, database, picture, plan, cast))


def closed_picture(
    loop: SimulatedLoop, database: SimulatedDatabase, opened: Picture, cast: Cast
) -> Picture:
    """The moment after the period was closed, with nothing going wrong until then."""
    plan = Plan(seed=1)
    random.seed(plan.seed)
    loop.rewind(seed=plan.seed, at_seconds=opened.at_seconds)
    database.become(opened.documents)
    return loop.run_until_complete(_close(loop, database, opened, plan, cast))


async def _play(
    loop: SimulatedLoop, database: SimulatedDatabase, picture: Picture, plan: Plan, cast: Cast
) -> Played:
    async with stripe_world(loop, seed=plan.seed, picture=picture.stripe) as stripe:
        scene = Play(
            loop=loop, database=database, stripe=stripe, secrets=picture.secrets, plan=plan
        )
        hooks = await scene.hooks()
        try:
            await scene.staff()
            day = PayDay(scene=scene, cast=cast)
            await day.run(picture.period_id)
            # Whatever still comes late finds everything done.
            await asyncio.sleep(_AFTERWARDS_SECONDS)
            check_paid(database, stripe, scene.bank, cast.owed())
            day.check_money_in()
            if not picture.period_id:
                # G7, G16, G17: a whole day, whatever was in it, is nothing to stop the next for.
                same("what the service finds wrong itself", await scene.findings(), [])
            return Played(
                operations=tuple(one.process.operations for one in scene.all),
                effects=tuple(scene.all[0].process.effects),
                ordered_at=day.ordered_at,
                paid_at=day.paid_at,
                virtual_seconds=round(loop.time() - picture.at_seconds, 3),
                restarts=len(scene.all) - plan.processes,
            )
        finally:
            await scene.end()
            await hooks.cleanup()
            await end_what_is_left()


async def _close(
    loop: SimulatedLoop, database: SimulatedDatabase, opened: Picture, plan: Plan, cast: Cast
) -> Picture:
    async with stripe_world(loop, seed=plan.seed, picture=opened.stripe) as stripe:
        scene = Play(loop=loop, database=database, stripe=stripe, secrets=opened.secrets, plan=plan)
        hooks = await scene.hooks()
        try:
            await scene.staff()
            period_id = await PayDay(scene=scene, cast=cast).close()
        finally:
            await scene.end()
            await hooks.cleanup()
            await end_what_is_left()
        return replace(
            opened,
            documents=database.documents(),
            stripe=stripe.picture(),
            at_seconds=loop.time() + 1.0,
            period_id=period_id,
        )
