"""Rules: made in versions, tried on history, acting by themselves, and told to whom they hit."""

from __future__ import annotations

import asyncio
import uuid
from datetime import datetime, timedelta

import grpc
import pytest

from crewline.broker.v1 import events_pb2 as broker_pb2
from crewline.quality.v1 import events_pb2, types_pb2
from crewline.quality.v1 import service_pb2 as pb
from services.chassis.clock import utc_now
from services.chassis.ids import new_id
from services.quality.app import Quality
from services.quality.store.collections import COLLECTIONS
from services.quality.store.watches import BEGINNING, WatchStore
from services.quality.usecases import rules
from tests.rpc.harness import refusal
from tests.rpc.quality.broker_events import answers_submitted, submitted
from tests.rpc.quality.served import OPERATOR, ServedQuality, a_draft

GOOD = ("a", "b", "c")


def _work(tasks: int, *, gold_every: int = 2) -> list[broker_pb2.SubmittedAnswer]:
    """Good people are right, one is always wrong; every other task is a control task."""
    return [
        submitted(
            f"t{number:03}",
            who,
            "yes" if who in GOOD else "no",
            overlap=4,
            gold="yes" if number % gold_every == 0 else "",
        )
        for number in range(tasks)
        for who in (*GOOD, "wrong")
    ]


async def _put(
    quality: ServedQuality,
    draft: types_pb2.RuleDraft,
    *,
    rule_id: str = "",
    is_active: bool = True,
    request_id: str = "",
) -> types_pb2.Rule:
    response: pb.PutRuleResponse = await quality.send(
        quality.stub.PutRule,
        pb.PutRuleRequest(
            request_id=request_id or str(uuid.uuid4()),
            project_id="prj_1",
            rule_id=rule_id,
            rule=draft,
            is_active=is_active,
        ),
    )
    return response.rule


async def _hits(
    quality: ServedQuality, token: str, *, project_id: str = "", contractor_id: str = ""
) -> list[types_pb2.RuleHit]:
    request = pb.ListRuleHitsRequest(project_id=project_id, contractor_id=contractor_id)
    found = await quality.send(quality.stub.ListRuleHits, request, token=token)
    return list(found.hits)


async def _replica(quality: ServedQuality, *, later: timedelta = timedelta(minutes=1)) -> Quality:
    """One whose clock is ahead."""

    def clock() -> datetime:
        return utc_now() + later

    return Quality(
        database=quality.rpc.database,
        transactions=await quality.rpc.prepare(COLLECTIONS),
        new_id=new_id,
        clock=clock,
    )


async def _watch(quality: ServedQuality, *, later: timedelta = timedelta(minutes=1)) -> Quality:
    """A replica looks at all that was touched, up to a while before its time."""
    replica = await _replica(quality, later=later)
    while await replica.conduct.watch.turn():
        pass
    return replica


async def _told(quality: ServedQuality) -> list[events_pb2.ContractorLimits]:
    events = await quality.rpc.events(events_pb2.ContractorLimitsSet)
    return [one for event in events for one in event.limits if one.reason]


async def test_a_rule_is_tried_then_put_in_force_and_acts_on_whom_the_trial_named(
    quality: ServedQuality,
) -> None:
    await quality.create()
    await quality.submit(answers_submitted(*_work(40)))
    tried = (
        await quality.send(
            quality.stub.DryRunRule, pb.DryRunRuleRequest(project_id="prj_1", rule=a_draft())
        )
    ).dry_run
    assert (tried.contractors, tried.answers_replayed, tried.is_all) == (4, 160, True)
    assert (tried.hit, tried.hit_rightly, tried.hit_wrongly, tried.hit_unknown) == (1, 1, 0, 0)
    (named,) = tried.hits
    assert named.contractor_id == ""
    assert named.deserved
    assert await _hits(quality, quality.operator) == []

    rule = await _put(quality, a_draft())
    await _watch(quality)
    (hit,) = await _hits(quality, quality.operator)
    assert (hit.contractor_id, hit.rule_id, hit.rule_version) == ("wrong", rule.rule_id, 1)
    assert hit.evidence["GOLD_ACCURACY"].endswith("< 0.6")
    assert hit.end_time.seconds - hit.hit_time.seconds == 24 * 3600
    (told,) = await _told(quality)
    assert (told.contractor_id, told.reason) == ("wrong", "RULE_PAUSE")
    assert told.paused_until == hit.end_time
    assert told.explanation == rule.draft.explanation
    # Whoever looks again, also with each sweep, finds nothing new.
    await _watch(quality)
    await quality.send(
        quality.stub.SweepProject,
        pb.SweepProjectRequest(project_id="prj_1", request_id=str(uuid.uuid4())),
    )
    assert len(await _hits(quality, quality.operator)) == 1


async def test_each_sees_only_what_concerns_them(quality: ServedQuality) -> None:
    await quality.create()
    await quality.submit(answers_submitted(*_work(40)))
    await _put(quality, a_draft(action="NOTIFY"))
    await _watch(quality)
    (own,) = await _hits(quality, quality.contractor("wrong"))
    assert own.contractor_id == "wrong"
    assert await _hits(quality, quality.contractor("a")) == []
    assert await _hits(quality, quality.contractor("a"), contractor_id="wrong") == []
    vendor = quality.rpc.mint.token("VENDOR", organisation_id="org_vendor")
    assert len(await _hits(quality, vendor)) == 1
    other = quality.rpc.mint.token("VENDOR", organisation_id="org_other")
    assert await _hits(quality, other) == []
    (shown,) = await _hits(quality, quality.client)
    assert shown.contractor_id == ""
    assert shown.contractor_pseudonym.startswith("anon_")
    assert await _hits(quality, quality.stranger, project_id="prj_1") == []
    assert await _hits(quality, quality.operator, project_id="prj_other") == []
    # Naming somebody would tell whose pseudonym is whose.
    for who in ("wrong", "a"):
        assert await _hits(quality, quality.client, contractor_id=who) == [shown]
    # What only notifies limits nothing.
    assert await _told(quality) == []


async def test_a_change_is_a_version_and_what_is_switched_off_does_not_act(
    quality: ServedQuality,
) -> None:
    await quality.create()
    again = str(uuid.uuid4())
    first = await _put(quality, a_draft(), request_id=again)
    assert await _put(quality, a_draft(), request_id=again) == first
    second = await _put(quality, a_draft(action="REVIEW"), rule_id=first.rule_id, is_active=False)
    assert (second.rule_id, second.version) == (first.rule_id, 2)
    listed = await quality.send(quality.stub.ListRules, pb.ListRulesRequest(project_id="prj_1"))
    assert list(listed.rules) == [second]
    await quality.submit(answers_submitted(*_work(40)))
    replica = await _watch(quality)
    assert await _hits(quality, quality.operator) == []
    # Switched on, it looks at those too who have answered before.
    await _put(quality, a_draft(action="REVIEW"), rule_id=first.rule_id)
    assert await replica.conduct.watch.turn() is False
    (hit,) = await _hits(quality, quality.operator)
    assert (hit.rule_version, hit.action) == (3, types_pb2.RULE_ACTION_REVIEW)
    # From now on a person looks at what they answer.
    await quality.submit(answers_submitted(submitted("new", "wrong", "yes", overlap=1)))
    assert "new:wrong" in [answer.assignment_id for answer in await quality.waiting()]


async def test_two_replicas_that_watch_at_once_act_once(quality: ServedQuality) -> None:
    await quality.create()
    await quality.submit(answers_submitted(*_work(40)))
    await _put(quality, a_draft())
    project = await quality.quality.reading.project(OPERATOR, "prj_1")
    replica = await _replica(quality)
    await asyncio.gather(
        replica.conduct.watch.look(project), quality.quality.conduct.watch.look(project)
    )
    assert len(await _hits(quality, quality.operator)) == 1
    assert len(await _told(quality)) == 1


async def test_the_watch_is_one_replicas_at_a_time_and_goes_on_where_it_was(
    quality: ServedQuality,
) -> None:
    watches = WatchStore(database=quality.rpc.database)
    now = utc_now().replace(microsecond=0)
    assert await watches.lease("one", now=now, seconds=60) == BEGINNING
    assert await watches.lease("other", now=now + timedelta(seconds=59), seconds=60) is None
    place = (now, "prj_1:a")
    await watches.reach("other", (now + timedelta(hours=1), "prj_9:z"))  # it holds nothing
    await watches.reach("one", place)
    assert await watches.lease("one", now=now + timedelta(seconds=59), seconds=60) == place
    assert await watches.lease("other", now=now + timedelta(seconds=119), seconds=60) == place


async def test_what_may_still_be_joined_is_left_for_later_and_a_sweep_looks_at_all(
    quality: ServedQuality,
) -> None:
    await quality.create()
    await _put(quality, a_draft())
    replica = await _watch(quality, later=timedelta(0))
    await quality.submit(answers_submitted(*_work(40)))
    assert await replica.conduct.watch.turn() is False
    assert await _hits(quality, quality.operator) == []
    await quality.send(
        quality.stub.SweepProject,
        pb.SweepProjectRequest(project_id="prj_1", request_id=str(uuid.uuid4())),
    )
    (hit,) = await _hits(quality, quality.operator)
    assert hit.contractor_id == "wrong"


async def test_a_project_has_so_many_rules_and_no_more(
    quality: ServedQuality, monkeypatch: pytest.MonkeyPatch
) -> None:
    await quality.create()
    monkeypatch.setattr(rules, "RULES_MAX", 2)
    await _put(quality, a_draft())
    last = await _put(quality, a_draft())
    refused = await refusal(
        quality.stub.PutRule,
        pb.PutRuleRequest(request_id=str(uuid.uuid4()), project_id="prj_1", rule=a_draft()),
        token=quality.client,
    )
    assert refused.reason == "TOO_MANY_RULES"
    assert (await _put(quality, a_draft(), rule_id=last.rule_id)).version == 2


async def test_what_is_asked_for_wrongly_is_refused_by_its_field(quality: ServedQuality) -> None:
    await quality.create()
    share = a_draft(("GOLD_ACCURACY", "BELOW", 60.0))
    refused = await refusal(
        quality.stub.DryRunRule,
        pb.DryRunRuleRequest(project_id="prj_1", rule=share),
        token=quality.client,
    )
    assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.reason == "RULE_INVALID"
    assert refused.metadata["field"] == "rule.conditions[0].threshold"
    request = pb.PutRuleRequest(
        request_id=str(uuid.uuid4()), project_id="prj_1", rule_id="rul_none", rule=a_draft()
    )
    unknown = await refusal(quality.stub.PutRule, request, token=quality.client)
    assert unknown.reason == "RULE_NOT_FOUND"
    foreign = await refusal(quality.stub.PutRule, request, token=quality.stranger)
    assert foreign.reason == "PROJECT_NOT_FOUND"


async def test_an_operator_who_lifts_limits_also_lifts_what_a_rule_has_set(
    quality: ServedQuality,
) -> None:
    await quality.create()
    await quality.submit(answers_submitted(*_work(40)))
    await _put(quality, a_draft(action="EXTRA_GOLD"))
    await _watch(quality)
    (told,) = await _told(quality)
    assert told.HasField("extra_gold_until")

    async def limit(*, pause_hours: int) -> events_pb2.ContractorLimits:
        await quality.send(
            quality.stub.LimitContractor,
            pb.LimitContractorRequest(
                project_id="prj_1",
                contractor_id=told.contractor_id,
                pause_hours=pause_hours,
                explanation="We have looked.",
            ),
            token=quality.operator,
        )
        events = await quality.rpc.events(events_pb2.ContractorLimitsSet)
        return [one for event in events for one in event.limits][-1]

    paused = await limit(pause_hours=1)
    assert paused.extra_gold_until == told.extra_gold_until, "what is not of the operator's stays"
    lifted = await limit(pause_hours=0)
    assert not lifted.HasField("extra_gold_until")
    assert (lifted.reason, lifted.explanation) == ("", "")
