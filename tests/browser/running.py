"""The whole stack behind a real browser: started once, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.local.stack import Stack

START_TIMEOUT_SECONDS = 90.0


@contextmanager
def running_stack(folder: Path) -> Iterator[dict[str, Any]]:
    """Runs it for the length of a block; gives its addresses, as target.json has them.

    Playwright's plain interface has a loop of its own, and bears no other in its thread.
    """
    ready = threading.Event()
    target: dict[str, Any] = {}
    failures: list[BaseException] = []
    loop = asyncio.new_event_loop()
    stopping = asyncio.Event()

    async def serve() -> None:
        async with Stack(folder=folder, free_ports=True) as stack:
            target.update(stack.target())
            ready.set()
            await stopping.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        except BaseException as err:
            failures.append(err)
        finally:
            ready.set()
            loop.close()

    thread = threading.Thread(target=run, name="stack")
    thread.start()
    try:
        if not ready.wait(START_TIMEOUT_SECONDS):
            raise TimeoutError("the stack is not ready")
        if failures:
            raise failures[0]
        yield target
    finally:
        if not loop.is_closed():
            loop.call_soon_threadsafe(stopping.set)
        thread.join(START_TIMEOUT_SECONDS)
