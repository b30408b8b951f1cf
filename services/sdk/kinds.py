"""The kinds of work, as people write them in files and on the command line."""

from __future__ import annotations

from typing import get_args

from .messages import WorkKind

_PREFIX = "WORK_KIND_"
KINDS = tuple(
    name.removeprefix(_PREFIX).lower()
    for name in get_args(WorkKind)
    if name != f"{_PREFIX}UNSPECIFIED"
)
