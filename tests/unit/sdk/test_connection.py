"""A target is found in the variable, in the file it names, or where `make run` left it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.sdk.replay.connection import SERVICES, TARGET_FILE, Target, TargetInvalid, find_target

ADDRESSES = {name: f"127.0.0.1:{7001 + place}" for place, name in enumerate(SERVICES)}


def addresses_of(target: Target) -> dict[str, str]:
    return {name: getattr(target, name) for name in SERVICES}


@pytest.fixture
def target_file(tmp_path: Path) -> Path:
    (tmp_path / "operator.key").write_text("ck_operator_secret\n")
    path = tmp_path / TARGET_FILE
    path.parent.mkdir(parents=True)
    said = {
        **ADDRESSES,
        "operator_key_file": str(tmp_path / "operator.key"),
        "sandbox_url": "http://127.0.0.1:12111",
        "metrics": {"broker": "127.0.0.1:9103"},
        "something_newer": 1,
    }
    path.write_text(json.dumps(said))
    return path


def test_the_stack_that_make_run_started_is_the_default(target_file: Path) -> None:
    target = find_target({}, folder=target_file.parents[2])
    assert addresses_of(target) == ADDRESSES
    assert target.operator_key == "ck_operator_secret"
    assert target.metrics == {"broker": "127.0.0.1:9103"}
    assert "ck_operator" not in repr(target)


def test_the_variable_goes_before_the_default(target_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**ADDRESSES, "broker": "elsewhere:1"}))
    target = find_target({"CREWLINE_TARGET": str(other)}, folder=target_file.parents[2])
    assert target.broker == "elsewhere:1"


@pytest.mark.parametrize(
    "said",
    [
        json.dumps(ADDRESSES),
        ",".join(f"{name}={address}" for name, address in ADDRESSES.items()),
        "127.0.0.1",
    ],
)
def test_forms_of_the_variable(said: str, tmp_path: Path) -> None:
    environment = {"CREWLINE_TARGET": said, "CREWLINE_OPERATOR_KEY": "ck_mine"}
    target = find_target(environment, folder=tmp_path)
    assert addresses_of(target) == ADDRESSES
    assert target.operator_key == "ck_mine"


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("{", "no JSON"),
        ('{"accounts": "a:1"}', "no address of vendors, broker"),
        ("accounts=a:1", "missing: broker"),
        ("accounts=a:1,vendors=b:1,broker=c:1,quality=d:1,payouts=e:1,cashier=f:1", "cashier"),
        ("localhost:7001", "one address is not enough"),
        ("no/such/file.json", "no/such/file.json: No such file"),
        (json.dumps({**ADDRESSES, "operator_key_file": "/no/such/key"}), "/no/such/key"),
    ],
)
def test_what_cannot_be_used_is_told(said: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(TargetInvalid, match=what):
        find_target({"CREWLINE_TARGET": said}, folder=tmp_path)
