"""What the scorer must reach, figure by figure, on the sets that are there.

Means over sets were set on seventeen; where some are missing they are compared by their distance
from crowd-kit's Dawid–Skene on the same sets, whose mean on the seventeen is .8346.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

Results = Mapping[str, Mapping[str, Any]]
DS = "DawidSkene"
_DS_MEAN_17 = 0.8346
_MEANS = {
    "standing/random": 0.834,
    "standing/worker": 0.834,
    "standing/task": 0.831,
    "swept/random": 0.835,
    "swept/worker": 0.835,
    "swept/task": 0.835,
    "gold_5%": 0.843,
    "gold_10%": 0.846,
}
_SAVED = {"rte": 0.40, "sp": 0.25, "d_product": 0.25, "d_possent": 0.60, "sp_amt": 0.60}
_SPAM = {"rte": 0.95, "sp": 0.95, "sp_amt": 0.95, "dog": 0.95, "cf_amt": 0.95, "d_possent": 0.88}
_COLLUSION = ("d_possent", "rte", "sp", "dog")


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """A figure and its bound; `at_most` where less is better."""

    name: str
    figure: float
    floor: float
    over: str
    at_most: bool = False

    @property
    def holds(self) -> bool:
        return self.figure <= self.floor if self.at_most else self.figure >= self.floor

    def row(self) -> dict[str, Any]:
        """As it is written."""
        return {**asdict(self), "holds": self.holds}


def floors_of(sets: Results, speeds: Mapping[str, Mapping[str, float]]) -> list[Floor]:
    """All that can be told from these results."""
    choices = {name: one for name, one in sets.items() if one["kind"] == "choice"}
    found: list[Floor] = []
    if choices:
        found += _accuracies(choices)
        found += _sureness(choices)
    found += _others(sets)
    if speeds:
        sizes = sorted(speeds, key=int)
        largest, smallest = speeds[sizes[-1]], speeds[sizes[0]]
        over = f"{int(sizes[-1]):,} synthetic answers"
        found += [
            Floor(name="µs an answer, mean", figure=largest["micros_mean"], floor=50.0,
                  over=over, at_most=True),
            Floor(name="µs an answer, p99", figure=largest["micros_p99"], floor=200.0,
                  over=over, at_most=True),
            Floor(name="growth of the mean", at_most=True, floor=4.0,
                  figure=largest["micros_mean"] / smallest["micros_mean"],
                  over=f"{int(sizes[0]):,} to {int(sizes[-1]):,} answers"),
        ]  # fmt: skip
    return found


def _accuracies(choices: Results) -> list[Floor]:
    over = ", ".join(choices)
    reference = fmean(one["peers"][DS] for one in choices.values())
    found = [
        Floor(
            name=f"mean accuracy, {figure}",
            figure=round(fmean(one["ours"][figure] for one in choices.values()), 5),
            floor=round(reference + floor - _DS_MEAN_17, 5),
            over=f"{over}; from Dawid–Skene's {reference:.4f} by {floor - _DS_MEAN_17:+.4f}",
        )
        for figure, floor in _MEANS.items()
    ]
    near = [
        one["ours"]["standing/random"] >= max(one["peers"][DS], one["peers"]["MajorityVote"]) - 0.01
        for one in choices.values()
    ]
    margins = [
        one["ours"]["standing/random"] - one["peers"]["MajorityVote, fair ties"]
        for one in choices.values()
    ]
    return [
        *found,
        Floor(name="sets within a point of the better of MV and DS", figure=fmean(near),
              floor=15 / 21, over=over),
        Floor(name="least distance from fair-tie MV", figure=min(margins), floor=-0.03, over=over),
    ]  # fmt: skip


def _sureness(choices: Results) -> list[Floor]:
    over = ", ".join(choices)
    calm = [one["calibration"]["ece_calibrated"] <= 0.07 for one in choices.values()]
    refused = fmean(one["decisions"]["honest_refused"] for one in choices.values())
    people = fmean(one["decisions"]["to_people"] for one in choices.values())
    return [
        Floor(name="sets with ECE ≤ .07 after calibration", figure=fmean(calm), floor=10 / 12,
              over=over),
        Floor(name="honest answers refused", figure=refused, floor=0.025, over=over, at_most=True),
        Floor(name="answers to people", figure=people, floor=0.11, over=over, at_most=True),
        *(
            Floor(name=f"answers saved at ≤ 0.5 pp: {name}", over=name, floor=floor,
                  figure=choices[name]["adaptive"]["saved_at_half_a_point"])
            for name, floor in _SAVED.items() if name in choices
        ),
        *(
            Floor(name=f"AUC of spam: {name}", figure=choices[name]["attacks"]["spam_auc"],
                  floor=floor, over=name)
            for name, floor in _SPAM.items() if name in choices
        ),
        *(
            Floor(name=f"loss by 30 % collusion, 5 % gold: {name}", floor=0.0, at_most=True,
                  figure=choices[name]["attacks"]["collusion_30%_loss"], over=name)
            for name in _COLLUSION if name in choices
        ),
    ]  # fmt: skip


def _others(sets: Results) -> list[Floor]:
    found = []
    if "crowdspeech_dev_clean" in sets:
        # The floors were set on the test sets; here beside ROVER, which has .0633 on test_clean.
        peers = sets["crowdspeech_dev_clean"]["peers"]
        rover = next(v for name, v in peers.items() if name.startswith("ROVER"))
        ours = next(v for name, v in peers.items() if name.startswith("ours"))
        found.append(
            Floor(name="word error rate, beside ROVER's", figure=ours, floor=rover + 0.061 - 0.0633,
                  over="the same tasks of crowdspeech_dev_clean", at_most=True)
        )  # fmt: skip
    if "n_emotion" in sets:
        figure = sets["n_emotion"]["ours"]["standing/random"]
        found.append(Floor(name="mean absolute error", figure=figure, floor=12.0, over="n_emotion",
                           at_most=True))  # fmt: skip
    return found
