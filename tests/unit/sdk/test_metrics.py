"""Counts read from metrics pages, and what grew between two readings."""

from __future__ import annotations

import asyncio

from aiohttp import web

from services.sdk.replay.sandbox import Counters, count_samples, grown, scrape

PAGE = """
# HELP crewline_outbox_sent_total Events published.
# TYPE crewline_outbox_sent_total counter
crewline_outbox_sent_total{event="crewline.broker.v1.AnswersSubmitted"} 40.0
crewline_outbox_sent_total{event="crewline.broker.v1.ProjectCreated"} 2.0
crewline_outbox_sent_created{event="crewline.broker.v1.ProjectCreated"} 1.7e9
crewline_consumer_messages_total{consumer="broker__answers_decided",outcome="acked"} 7.0
crewline_consumer_messages_total{consumer="broker__answers_decided",outcome="dead"} 1.0
crewline_ready 1.0
"""


def counters(published: int, dead: int = 0) -> Counters:
    return Counters(events_published=published, dead_letters=dead)


def test_a_page_is_counted() -> None:
    assert count_samples(PAGE) == counters(42, 1)


def test_growth_is_summed_over_services() -> None:
    before = {"broker": counters(10, 1), "quality": counters(5)}
    after = {"broker": counters(30, 1), "quality": counters(6, 2)}
    assert grown(before, after) == counters(21, 2)


def test_a_service_that_was_restarted_counts_from_nothing() -> None:
    assert grown({"broker": counters(100, 3)}, {"broker": counters(7, 1)}) == counters(7, 1)


def test_without_both_readings_nothing_is_claimed() -> None:
    assert grown({}, {}) is None
    assert grown({"broker": counters(1)}, {}) is None


async def test_pages_are_asked_again_until_they_answer() -> None:
    asked = 0

    async def page(_request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.Response(text=PAGE, status=200 if asked > 2 else 503)

    server = web.Application()
    server.router.add_get("/metrics", page)
    runner = web.AppRunner(server)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        addresses = {"broker": f"{host}:{port}", "nobody": "127.0.0.1:1"}
        found = await asyncio.wait_for(scrape(addresses, seconds=1.0), timeout=10)
    finally:
        await runner.cleanup()
    assert found == {"broker": counters(42, 1)}
