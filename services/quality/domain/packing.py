"""Credits as plain lists and dictionaries for their task's document, and back without loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.quality.domain import keys
from services.quality.domain.types import Counters, Credits, Share


def pack_credits(task_credits: Credits) -> dict[str, Any]:
    """Zeros and empty parts are left out; labels that name fields are encoded."""
    packed: dict[str, Any] = {"shares": [_pack_share(share) for share in task_credits.shares]}
    if task_credits.classes:
        packed["classes"] = _pack_counters(task_credits.classes)
    if task_credits.pairs:
        packed["pairs"] = dict(task_credits.pairs)
    return packed


def unpack_credits(packed: Mapping[str, Any]) -> Credits:
    """Of an empty mapping: no credits."""
    shares = tuple(_unpack_share(share) for share in packed.get("shares", ()))
    classes = _unpack_counters(packed.get("classes", {}))
    return Credits(shares, classes, dict(packed.get("pairs", {})))


def _pack_share(share: Share) -> dict[str, Any]:
    packed = {
        "who": list(share.contractor_ids),
        "given": share.given,
        "counted": share.counted,
        "truths": _pack_counters(share.truths),
        "hit": share.hit,
        "miss": share.miss,
        "gold_total": share.gold_total,
        "gold_right": share.gold_right,
    }
    return {name: value for name, value in packed.items() if value}


def _unpack_share(packed: Mapping[str, Any]) -> Share:
    return Share(
        contractor_ids=tuple(packed["who"]),
        given=packed.get("given", ""),
        counted=packed.get("counted", False),
        truths=_unpack_counters(packed.get("truths", {})),
        hit=packed.get("hit", 0),
        miss=packed.get("miss", 0),
        gold_total=packed.get("gold_total", 0),
        gold_right=packed.get("gold_right", 0),
    )


def _pack_counters(counters: Counters) -> dict[str, int]:
    return {keys.encode(label): units for label, units in counters.items()}


def _unpack_counters(packed: Mapping[str, int]) -> dict[str, int]:
    return {keys.decode(name): units for name, units in packed.items()}
