"""What ends a replay before its report."""

from __future__ import annotations


class ReplayFailed(Exception):
    """A service refused what the replay needs, or gave what it must not give."""
