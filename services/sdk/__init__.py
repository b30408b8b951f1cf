"""Crewline's Python client, and the `crewline` command on it.

    from crewline_sdk import Crewline

    with Crewline(api_key="...", base_url="https://crewline.example") as crewline:
        for project in crewline.projects.list():
            print(project["name"], project["state"])

Whatever goes wrong is a CrewlineError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import (
    AnswerMalformed,
    Conflict,
    CrewlineError,
    FieldProblem,
    FileInvalid,
    Forbidden,
    InvalidRequest,
    NotFound,
    NotSignedIn,
    OutOfTime,
    ProfileInvalid,
    RateLimited,
    ServerFailed,
    Unauthenticated,
    Unavailable,
    Unreachable,
)
from .progress import Progress
from .version import VERSION

if TYPE_CHECKING:
    from .client import AsyncCrewline, Crewline

__version__ = VERSION

__all__ = [
    "AnswerMalformed",
    "AsyncCrewline",
    "Conflict",
    "Crewline",
    "CrewlineError",
    "FieldProblem",
    "FileInvalid",
    "Forbidden",
    "InvalidRequest",
    "NotFound",
    "NotSignedIn",
    "OutOfTime",
    "ProfileInvalid",
    "Progress",
    "RateLimited",
    "ServerFailed",
    "Unauthenticated",
    "Unavailable",
    "Unreachable",
    "__version__",
]


def __getattr__(name: str) -> Any:
    # The clients come when they are asked for: they bring every generated resource, and what
    # generates those has to start where there are none, or old ones.
    if name in ("AsyncCrewline", "Crewline"):
        from . import client

        return getattr(client, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
