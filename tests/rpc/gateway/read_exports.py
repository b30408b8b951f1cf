"""Reads exported files with the tools of their users; prints what it found as JSON.

Run in the environment of `make readers`, which has nothing of Crewline:
`python read_exports.py FOLDER`, where FOLDER holds the files and each project's config.xml.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]
from crowdkit.aggregation import DawidSkene, MajorityVote  # type: ignore[import-not-found]
from datasets import load_dataset  # type: ignore[import-not-found]
from label_studio_sdk.converter import Converter  # type: ignore[import-not-found]

BUILDERS = {".jsonl": "json", ".json": "json", ".csv": "csv", ".parquet": "parquet"}


def with_datasets(file: Path, folder: Path) -> dict[str, Any]:
    loaded = load_dataset(
        BUILDERS[file.suffix], data_files=str(file), split="train", cache_dir=str(folder / "cache")
    )
    return {"columns": loaded.column_names, "rows": loaded.num_rows, "first": loaded[0]}


def with_crowdkit(file: Path) -> dict[str, Any]:
    answers = pd.read_csv(file, dtype=str)
    return {
        "columns": list(answers.columns),
        "majority": MajorityVote().fit_predict(answers).to_dict(),
        "dawid_skene": DawidSkene(n_iter=20).fit_predict(answers).to_dict(),
    }


def with_label_studio(file: Path, folder: Path) -> list[dict[str, str]]:
    converter = Converter(
        config=(folder / "config.xml").read_text(), project_dir=None, download_resources=False
    )
    tables = folder / "converted"
    converter.convert_to_csv(str(file), output_dir=str(tables), is_dir=False, sep=",", header=True)
    (table,) = tables.glob("*.csv")
    with table.open(newline="") as lines:
        return list(csv.DictReader(lines))


def main(folder: Path) -> None:
    found: dict[str, Any] = {}
    for project in sorted(path for path in folder.iterdir() if path.is_dir()):
        read: dict[str, Any] = {}
        for file in sorted(project.glob("results.*")):
            read[f"datasets:{file.name}"] = with_datasets(file, project)
        read["crowdkit"] = with_crowdkit(project / "results.csv")
        read["label_studio"] = with_label_studio(project / "results.label_studio.json", project)
        found[project.name] = read
    json.dump(found, sys.stdout, default=str)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
