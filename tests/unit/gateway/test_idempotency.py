"""Idempotency-Key: whose it is, what it becomes, and that it agrees with the body."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from services.gateway.rest.fields import Violations
from services.gateway.rest.idempotency import request_id

ONE = "0f8fad5b-d9cb-469f-a165-70867728950e"
FRESH = uuid.UUID(int=7)


def made(*keys: str, given: str = "", **changes: str) -> tuple[str, dict[str, str]]:
    wrong = Violations()
    who: dict[str, Any] = {"organisation_id": "org_1", "method": "CreateProject", **changes}
    found = request_id(list(keys), given, wrong=wrong, new_uuid=lambda: FRESH, **who)
    return found, {each.field: each.rule for each in wrong.found}


def test_uuids_are_taken_as_they_are() -> None:
    assert made(ONE) == (ONE, {})
    assert made(ONE.upper()) == (ONE, {})
    assert made(f'"{ONE}"') == (ONE, {})
    assert made(ONE, organisation_id="") == (ONE, {})


def test_other_text_is_a_uuid_of_its_organisation_and_method() -> None:
    first, wrong = made("order 17")
    assert wrong == {}
    assert uuid.UUID(first).version == 5
    assert made("order 17") == (first, {})
    assert made('"order 17"') == (first, {})
    others = {
        made("order 18")[0],
        made("order 17", organisation_id="org_2")[0],
        made("order 17", method="CreateDeposit")[0],
    }
    assert len(others | {first}) == 4


def test_without_a_key_each_request_is_its_own() -> None:
    assert made() == (str(FRESH), {})
    assert made(given=ONE) == (ONE, {})


def test_header_and_body_must_agree() -> None:
    assert made(ONE, given=ONE.upper()) == (ONE, {})
    assert made(ONE, given=str(FRESH))[1] == {"request_id": "idempotency_key.agrees"}


@pytest.mark.parametrize("key", ["", "a\tb", "ä", "x" * 256, '""' + "\x7f"])
def test_keys_are_printable_and_not_endless(key: str) -> None:
    assert made(key)[1] == {"Idempotency-Key": "idempotency_key.text"}


def test_two_keys_are_none() -> None:
    assert made("a", "b")[1] == {"Idempotency-Key": "idempotency_key.repeated"}


def test_strangers_cannot_share_words_as_keys() -> None:
    assert made("one", organisation_id="")[1] == {"Idempotency-Key": "idempotency_key.uuid"}
