"""What is done about contractors' conduct, put together: limits, signals, rules and their watch."""

from __future__ import annotations

from services.chassis.clock import Clock
from services.chassis.ids import NewId
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import Transactions
from services.quality import announcements
from services.quality.store.answers import AnswerStore
from services.quality.store.conduct import ConductStore
from services.quality.store.limits import LimitsStore
from services.quality.store.projects import ProjectStore
from services.quality.store.rules import RuleStore
from services.quality.store.rulings import RulingStore
from services.quality.store.signals import SignalStore
from services.quality.store.skills import SkillStore
from services.quality.store.watches import WatchStore
from services.quality.usecases.limits import LimitSetting
from services.quality.usecases.restraints import Restraints
from services.quality.usecases.rule_watch import RuleWatch
from services.quality.usecases.rules import Rules
from services.quality.usecases.signals import Signals


class ConductParts:
    """By name: what servicers call, what scoring sets limits with, and what watches."""

    def __init__(
        self,
        *,
        database: MongoDatabase,
        transactions: Transactions,
        answers: AnswerStore,
        skills: SkillStore,
        rulings: RulingStore,
        projects: ProjectStore,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        conduct = ConductStore(database=database)
        limits = LimitsStore(database=database)
        rules = RuleStore(database=database)
        watches = WatchStore(database=database)
        self.limits = LimitSetting(limits=limits, announce=announcements.limits)
        self.signals = Signals(
            transactions=transactions,
            signals=SignalStore(database=database),
            answers=answers,
            skills=skills,
            conduct=conduct,
            clock=clock,
        )
        self.restraints = Restraints(transactions=transactions, limits=limits, setting=self.limits)
        self.rules = Rules(
            rules=rules,
            watches=watches,
            answers=answers,
            rulings=rulings,
            projects=projects,
            new_id=new_id,
        )
        self.watch = RuleWatch(
            transactions=transactions,
            rules=rules,
            watches=watches,
            conduct=conduct,
            skills=skills,
            projects=projects,
            limits=self.limits,
            clock=clock,
            owner=new_id("wat"),
        )
