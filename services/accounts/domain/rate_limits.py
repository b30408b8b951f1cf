"""Token buckets by key, in bounded memory: a burst at once, then so many a second."""

from __future__ import annotations

from collections import OrderedDict

_KEYS_MAX = 10_000


class RateLimit:
    """Where there are too many keys, those unused for longest start anew."""

    def __init__(self, *, burst: int, per_second: float, keys_max: int = _KEYS_MAX) -> None:
        self._burst = float(burst)
        self._per_second = per_second
        self._keys_max = keys_max
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, key: str, *, now_seconds: float) -> bool:
        """There is something left; nothing is taken."""
        return self._level(key, now_seconds) >= 1.0

    def take(self, key: str, *, now_seconds: float) -> bool:
        """Takes one, where there is one."""
        level = self._level(key, now_seconds)
        taken = level >= 1.0
        self._buckets[key] = (level - 1.0 if taken else level, now_seconds)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._keys_max:
            self._buckets.popitem(last=False)
        return taken

    def give_back(self, key: str, *, now_seconds: float) -> None:
        """Returns one that was taken; there is never more than the burst."""
        if key in self._buckets:
            level = self._level(key, now_seconds)
            self._buckets[key] = (min(level + 1.0, self._burst), now_seconds)

    def __len__(self) -> int:
        """Keys in memory."""
        return len(self._buckets)

    def _level(self, key: str, now_seconds: float) -> float:
        level, since_seconds = self._buckets.get(key, (self._burst, now_seconds))
        passed = max(now_seconds - since_seconds, 0.0)
        return min(self._burst, level + passed * self._per_second)
