"""Typesetting: a template of ours and JSON data become a PDF, the same bytes on every machine.

No date, no clock, no font of the machine and no network is involved: the fonts are those inside
the typst package, files are read from `templates` alone, and the creation time is fixed. Another
version of typst may set a page differently; the pin and the golden papers of the tests show it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol

import typst

from services.chassis.errors import DomainError, Kind

TEMPLATES: Final = Path(__file__).with_name("templates")

# 3,000 rows are some 200 kB and take half a second; time grows with the data, and only with it,
# for templates are ours and loop over nothing else. This is what bounds both.
DATA_BYTES_MAX: Final = 4 * 1024 * 1024
PDF_BYTES_MAX: Final = 16 * 1024 * 1024
_WAIT_SECONDS_MAX: Final = 60.0
# Each takes a core; the service has other things to do.
_AT_ONCE: Final = 1
# typst writes a time into every file unless it is given one.
_NO_TIME: Final = 0


class PaperTooLarge(DomainError):
    """The paper has more lines than fit a document; its JSON has them all."""

    kind, reason = Kind.PRECONDITION, "PAPER_TOO_LARGE"


class PaperDelayed(DomainError):
    """Others' papers were before it for too long; the same request may be repeated."""

    kind, reason = Kind.UNAVAILABLE, "PAPER_DELAYED"


class Typeset(Protocol):
    """What makes papers of data; `Typesetter.pdf` is the one there is."""

    async def __call__(self, template: str, data: Mapping[str, Any]) -> bytes:
        """The PDF of `templates/{template}.typ`. Errors: PaperTooLarge, PaperDelayed."""


class Typesetter:
    """Sets one paper after the other, beside the event loop."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def pdf(self, template: str, data: Mapping[str, Any]) -> bytes:
        """See Typeset."""
        try:
            async with asyncio.timeout(_WAIT_SECONDS_MAX):
                await self._room.acquire()
        except TimeoutError:
            raise PaperDelayed("too many papers wait to be made", template=template) from None
        setting = asyncio.ensure_future(asyncio.to_thread(compile_pdf, template, data))
        # A caller that goes away leaves the thread at work: the room is free when that has ended.
        setting.add_done_callback(lambda _: self._room.release())
        return await asyncio.shield(setting)


def compile_pdf(template: str, data: Mapping[str, Any]) -> bytes:
    """The PDF of `templates/{template}.typ`, which finds `data` as `json(bytes(sys.inputs.data))`.

    Everything in `data` is text to be shown, never markup. Errors: PaperTooLarge.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    if len(text.encode()) > DATA_BYTES_MAX:
        raise PaperTooLarge(
            f"a paper's data are at most {DATA_BYTES_MAX} bytes", bytes_max=DATA_BYTES_MAX
        )
    made = typst.compile(
        str(TEMPLATES / f"{template}.typ"),
        root=str(TEMPLATES),
        font_paths=_fonts(),
        sys_inputs={"data": text},
        timestamp=_NO_TIME,
    )
    if len(made) > PDF_BYTES_MAX:
        raise PaperTooLarge(f"a paper is at most {PDF_BYTES_MAX} bytes", bytes_max=PDF_BYTES_MAX)
    return made


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    # A machine's own fonts would set the same paper differently.
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
