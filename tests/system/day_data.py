"""What a client and a vendor bring to a day: files of tasks and of contractors, some rows wrong."""

from __future__ import annotations

import json
from pathlib import Path

LABELS = ("Positive", "Negative", "Neither")
TASKS = 12
CONTRACTORS = 40


def write_tasks(path: Path) -> None:
    """Twelve sound tasks, one of them a control task, and two that are not."""
    rows = [
        {"external_id": f"t{i:03}", "data": {"text": f"The parcel number {i} came in time."}}
        for i in range(TASKS)
    ]
    rows[0]["gold_label"] = LABELS[0]
    rows.insert(3, {"external_id": "wrong", "data": {"txet": "no such field is shown"}})
    lines = [json.dumps(row) for row in rows]
    lines.insert(7, "{ this is no JSON")
    path.write_text("\n".join(lines) + "\n")


def write_contractors(path: Path) -> None:
    """Forty rows, three of them wrong: a country, an e-mail address and a missing name."""
    rows = [f"c{i:03},Worker {i},w{i}@pool.example,KE,en;sw,sentiment" for i in range(CONTRACTORS)]
    rows[4] = "c004,Worker 4,w4@pool.example,KEN,en,sentiment"
    rows[11] = "c011,Worker 11,not-an-address,KE,en,sentiment"
    rows[30] = "c030,,w30@pool.example,KE,en,sentiment"
    path.write_text("external_id,name,email,country,languages,skills\n" + "\n".join(rows) + "\n")


def label_of(text: str) -> str:
    """What every contractor answers."""
    return LABELS[0 if "came in time" in text else 1]
