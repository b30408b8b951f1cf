"""What an answer costs in CPU time, and how that grows with the answers that were before it."""

from __future__ import annotations

import random
import time
from collections import deque

from services.quality.domain.skills import Skills
from services.quality.domain.stream import Stream
from services.quality.domain.types import Answer, Kind, PoolSkill, Task
from tests.bench.quality.ours import Figures

CLASSES, OVERLAP, ANSWERS_EACH = 4, 5, 200


def of_stream(answers: int, *, seed: int = 1) -> Figures:
    """Synthetic answers, task by task in a window of 2,000: mean, median and p99 in microseconds.

    The last 20,000 are measured, with all the skills of those before.
    """
    draw = random.Random(seed)
    labels = tuple(f"c{n}" for n in range(CLASSES))
    people = max(10, answers // ANSWERS_EACH)
    skill = [draw.uniform(0.5, 0.95) for _ in range(people)]
    skills = Skills(pool=PoolSkill(project_id="prj"))
    stream = Stream(skills=skills)
    open_tasks: deque[tuple[Task, str, int]] = deque()
    taken: list[int] = []
    made = right = judged = 0
    kept = min(answers, 20_000)
    window = min(400, max(1, answers // OVERLAP))
    for number in range(answers):
        if len(open_tasks) < window and made < answers // OVERLAP:
            task = Task(
                task_id=f"t{made}", project_id="prj", kind=Kind.CHOICE, overlap=OVERLAP,
                labels=labels,
            )  # fmt: skip
            open_tasks.append((task, draw.choice(labels), 0))
            made += 1
        task, truth, given = open_tasks.popleft()
        who = draw.randrange(people)
        others = [label for label in labels if label != truth]
        said = truth if draw.random() < skill[who] else draw.choice(others)
        answer = Answer(
            assignment_id=f"a{number}", task_id=task.task_id, contractor_id=f"w{who}", label=said
        )
        began = time.process_time_ns()
        after = stream.arrive(task, answer)
        spent = time.process_time_ns() - began
        if number >= answers - kept:
            taken.append(spent)
        if given + 1 < OVERLAP:
            open_tasks.append((task, truth, given + 1))
        else:
            judged += 1
            right += after.scored.label == truth
            # The store has it: a resolved task is not kept in memory.
            for held in (stream._before, stream._now, stream._moved):
                held.pop(task.task_id, None)
    taken.sort()
    return {
        "micros_mean": sum(taken) / len(taken) / 1_000,
        "micros_p50": taken[len(taken) // 2] / 1_000,
        "micros_p99": taken[int(len(taken) * 0.99)] / 1_000,
        "accuracy": right / max(judged, 1),
    }
