"""Crewline's Python client, and the `crewline` command on it.

from crewline_sdk import Crewline

with Crewline(api_key="...", base_url="https://crewline.example") as crewline:
for project in crewline.projects.list():
print(project["name"], project["state"])
"""

from __future__ import annotations

from .client import AsyncCrewline, Crewline
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
