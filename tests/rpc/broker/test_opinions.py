"""Second opinions: one contractor does a task that others have done, and is paid for it."""

from __future__ import annotations

from datetime import timedelta

from crewline.broker.v1 import events_pb2
from crewline.broker.v1 import service_pb2 as pb
from services.broker.domain.opinions import AskedOpinion
from services.broker.store.opinions import OpinionStore
from services.broker.usecases.claiming import Claim
from tests.rpc.broker.served import ServedBroker, a_task, new_broker, request_id
from tests.waiting import eventually


async def _ask(
    broker: ServedBroker, project_id: str, task_id: str, contractor_id: str, *, hours: int = 1
) -> None:
    """As quality would tell, twice."""
    opinion = AskedOpinion(
        opinion_id=f"opn_{contractor_id}",
        project_id=project_id,
        task_id=task_id,
        contractor_id=contractor_id,
        expires_at=broker.rpc.clock() + timedelta(hours=hours),
    )
    await broker.broker.opinions.asked([opinion, opinion])
    await broker.broker.opinions.asked([opinion])


async def test_who_is_asked_gets_the_task_once_and_first(broker: ServedBroker) -> None:
    await broker.enrol("a", "b", "c")
    project = await broker.project(overlap=1)
    await broker.post(project.project_id, [a_task("t1")])
    [done] = await broker.claim("a")
    await broker.submit("a", [done])
    await broker.resolve(project.project_id, {done.task_id: "yes"})
    await broker.post(project.project_id, [a_task("t2")])
    before = await broker.reserved(project.project_id)
    await _ask(broker, project.project_id, done.task_id, "b")
    assert await broker.reserved(project.project_id) == before + project.answer_price_units_max
    assert [a.task_id for a in await broker.claim("c", 5)] != [done.task_id]
    # The pool is out by now; who is asked is offered the task.
    offers = await broker.send(
        broker.stub.ListOffers, pb.ListOffersRequest(), token=broker.contractor("b")
    )
    assert [offer.tasks_open for offer in offers.offers] == [1]
    [opinion] = await broker.claim("b", 1)
    assert opinion.task_id == done.task_id
    assert await broker.claim("b", 5) == []
    await broker.submit("b", [opinion], "no")
    told = [a for e in await broker.rpc.events(events_pb2.AnswersSubmitted) for a in e.answers]
    assert [(a.contractor_id, a.opinion_id) for a in told] == [("a", ""), ("b", "opn_b")]
    results = await broker.send(
        broker.stub.ListResults, pb.ListResultsRequest(project_id=project.project_id)
    )
    [result] = results.results
    assert {a.value: a.is_opinion for a in result.answers} == {"yes": False, "no": True}


async def test_an_opinion_that_nobody_waits_for_or_pays_for_is_not_handed_out(
    broker: ServedBroker,
) -> None:
    await broker.enrol("a", "b", "c")
    project = await broker.project(overlap=1, held_units=2 * 67_500)
    await broker.post(project.project_id, [a_task("t1")])
    [done] = await broker.claim("a")
    await broker.submit("a", [done])
    await _ask(broker, project.project_id, done.task_id, "b", hours=-1)
    assert await broker.claim("b", 5) == []
    # All that is held is reserved by now.
    await _ask(broker, project.project_id, done.task_id, "c")
    assert await broker.claim("c", 5) == []


async def test_another_replica_hands_it_out_too(broker: ServedBroker) -> None:
    await broker.enrol("a", "b")
    project = await broker.project(overlap=1)
    await broker.post(project.project_id, [a_task("t1")])
    [done] = await broker.claim("a")
    await broker.submit("a", [done])
    other = await new_broker(broker.rpc)
    opinion = AskedOpinion(
        opinion_id="opn_1",
        project_id=project.project_id,
        task_id=done.task_id,
        contractor_id="b",
        expires_at=broker.rpc.clock() + timedelta(hours=1),
    )
    await broker.broker.opinions.asked([opinion])
    claim = Claim(
        contractor_id="b",
        organisation_id="org_vendor",
        request_id=request_id(),
        project_id="",
        count=1,
    )
    [outcome] = await other.claiming.claim([claim])
    assert isinstance(outcome, list), outcome
    assert [each.assignment.task_id for each in outcome] == [done.task_id]


async def test_one_that_was_given_does_not_stand_before_the_next(broker: ServedBroker) -> None:
    await broker.enrol("a", "b")
    project = await broker.project(overlap=1)
    await broker.post(project.project_id, [a_task("t1"), a_task("t2")])
    first, second = await broker.claim("a", 2)
    await broker.submit("a", [first, second])

    def asked(name: str, task_id: str, hours: int) -> AskedOpinion:
        return AskedOpinion(
            opinion_id=name,
            project_id=project.project_id,
            task_id=task_id,
            contractor_id="b",
            expires_at=broker.rpc.clock() + timedelta(hours=hours),
        )

    opinions = [asked("opn_1", first.task_id, 1), asked("opn_2", second.task_id, 2)]
    await broker.broker.opinions.asked(opinions)
    reserved = await broker.reserved(project.project_id)
    [urgent] = await broker.claim("b", 1)
    assert urgent.task_id == first.task_id
    await broker.submit("b", [urgent])
    store = OpinionStore(database=broker.rpc.database)
    waiting = await store.waiting(project.project_id, "b", now=broker.rpc.clock(), limit=10)
    assert [one.opinion_id for one in waiting] == ["opn_2"]

    async def next_one() -> list[str]:
        return [lease.task_id for lease in await broker.claim("b", 1)]

    assert await eventually(next_one, what="the other opinion") == [second.task_id]
    # Told again, nothing is asked for, and paid for, a second time.
    await broker.broker.opinions.asked(opinions)
    assert await broker.reserved(project.project_id) == reserved
