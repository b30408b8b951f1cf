"""What deploy/README.md says of variables and settings is what there is."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from services.chassis.settings import ProcessSettings
from services.payouts.settings import PayoutsSettings
from tests.deploy.compose_file import COMPOSE_FILE, load_compose

SERVICES = ("accounts", "vendors", "broker", "quality", "payouts", "gateway")
_ROW = re.compile(r"^\| `CREWLINE_(?P<name>\w+)` \|(?P<default>[^|]*)\|", re.MULTILINE)


def told(repository: Path) -> str:
    return (repository / "deploy/README.md").read_text(encoding="utf-8")


def fields_of(service: str) -> set[str]:
    module = importlib.import_module(f"services.{service}.settings")
    return {
        field
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, ProcessSettings)
        for field in found.model_fields
    }


def test_variables_that_are_told_are_those_of_compose(repository: Path) -> None:
    """A variable that compose does not hand on would be set for nothing."""
    [line] = re.findall(r"^Variables of .*?\n\n", told(repository), re.MULTILINE | re.DOTALL)
    handed_on = set(re.findall(r"\$\{(CREWLINE_\w+)", COMPOSE_FILE.read_text()))
    assert set(re.findall(r"CREWLINE_\w+", line)) == handed_on


def test_settings_that_are_told_are_there_with_their_defaults(repository: Path) -> None:
    rows = {
        row["name"].lower(): row["default"].strip(" `") for row in _ROW.finditer(told(repository))
    }
    assert len(rows) > 20
    for name, default in rows.items():
        field = PayoutsSettings.model_fields[name]
        assert written(field.get_default(call_default_factory=True)) == default, name


def written(value: Any) -> str:
    """As the page writes it: nothing for what is empty."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, bool | int | float):
        return json.dumps(value).removesuffix(".0")
    return json.dumps(value) if value else ""


def test_added_regions_are_told_to_every_service_that_checks_them() -> None:
    """What one service takes for a region the others do not refuse."""
    check = {service for service in SERVICES if "regions_extra" in fields_of(service)}
    told_of = {
        name
        for name, service in load_compose().services.items()
        if "CREWLINE_REGIONS_EXTRA" in service.environment
    }
    assert told_of == check == {"vendors", "broker", "payouts"}


def test_no_setting_is_told_that_is_nowhere(repository: Path) -> None:
    known = set().union(*map(fields_of, SERVICES))
    in_compose = set(re.findall(r"CREWLINE_\w+", COMPOSE_FILE.read_text()))
    names = set(re.findall(r"`CREWLINE_[A-Z0-9_]*[A-Z0-9]`", told(repository)))
    unknown = {
        name
        for name in (word.strip("`") for word in names)
        if name not in in_compose and name.removeprefix("CREWLINE_").lower() not in known
    }
    assert unknown == set()
