"""What the sandbox takes and refuses is what the SDK's parameter types say, for every endpoint."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from stripe._encode import _api_encode

from deploy.local.stripe_sandbox.errors import ApiError
from deploy.local.stripe_sandbox.param_specs_from_sdk import PARAM_CLASSES, SPECS_PATH, render
from deploy.local.stripe_sandbox.params import decode, load_specs, validate
from deploy.local.stripe_sandbox.routes import ROUTES
from tests.contract.request_types import sdk_type
from tests.contract.sandbox_process import account_params

_SPECS = load_specs()
_OPERATIONS = sorted(_SPECS)
_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)


def accept(operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """Send params the way the SDK does, and return what the sandbox reads."""
    text = urlencode(list(_api_encode(params)))
    return validate(_SPECS[operation], decode(parse_qsl(text, keep_blank_values=True)))


def values(spec: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return a strategy for what one parameter may hold."""
    match spec["t"]:
        case "str":
            return _TEXT
        case "int":
            return st.integers(-(2**53), 2**53)
        case "num":
            return st.floats(0.0, 100.0)
        case "bool":
            return st.booleans()
        case "enum":
            return st.sampled_from(spec["v"])
        case "list":
            return st.lists(values(spec["of"]), min_size=1, max_size=3)
        case "map":
            return st.dictionaries(
                st.text("abc_123", min_size=1, max_size=8), values(spec["of"]), min_size=1
            )
        case "any":
            return st.one_of([values(option) for option in spec["of"]])
        case "obj":
            return _objects(spec)
    raise AssertionError(f"no strategy for {spec}")


def _objects(spec: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    required = spec.get("req", [])
    optional = [name for name in spec["f"] if name not in required and _is_sayable(spec["f"][name])]
    least = 0 if required else min(1, len(optional))
    chosen = (
        st.lists(st.sampled_from(optional), unique=True, min_size=least, max_size=3)
        if optional
        else st.just([])
    )
    return chosen.flatmap(
        lambda names: st.fixed_dictionaries(
            {name: values(spec["f"][name]) for name in [*required, *names]}
        )
    )


def _is_sayable(spec: dict[str, Any]) -> bool:
    """Tell whether a form can express the value: an empty hash leaves no field behind."""
    return spec["t"] != "obj" or any(_is_sayable(field) for field in spec["f"].values())


def test_the_specs_are_the_installed_sdks() -> None:
    assert SPECS_PATH.read_text("utf-8") == render(), (
        "run python -m deploy.local.stripe_sandbox.param_specs_from_sdk"
    )


def test_every_endpoint_has_a_spec_and_every_spec_an_endpoint() -> None:
    assert sorted(route.operation for route in ROUTES) == _OPERATIONS == sorted(PARAM_CLASSES)


@pytest.mark.parametrize("operation", _OPERATIONS)
def test_what_the_sdk_can_say_arrives_unchanged(operation: str) -> None:
    @settings(
        max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(values(_SPECS[operation]))
    def check(params: dict[str, Any]) -> None:
        sdk_type(operation).validate_python(params)
        assert accept(operation, params) == params

    check()


@pytest.mark.parametrize("operation", _OPERATIONS)
def test_what_the_sdk_cannot_say_is_refused(operation: str) -> None:
    spec = _SPECS[operation]
    required: list[str] = spec.get("req", [])
    base = {name: _sample(spec["f"][name]) for name in required}
    accept(operation, base)
    wrong: list[tuple[dict[str, Any], str]] = [({**base, "colour": "red"}, "parameter_unknown")]
    for name in required:
        rest = {key: value for key, value in base.items() if key != name}
        wrong.append((rest, "parameter_missing"))
    for name, field in spec["f"].items():
        if field["t"] == "int":
            wrong.append(({**base, name: "many"}, "parameter_invalid_integer"))
        if field["t"] == "str" and not field.get("unset"):
            wrong.append(({**base, name: ""}, "parameter_invalid_empty"))
    for params, code in wrong:
        with pytest.raises(ApiError) as refusal:
            accept(operation, params)
        assert (refusal.value.status, refusal.value.code) == (400, code), params
        if code != "parameter_invalid_empty":
            with pytest.raises(ValidationError):
                sdk_type(operation).validate_python(params)


def _sample(spec: dict[str, Any]) -> Any:
    match spec["t"]:
        case "str":
            return "x"
        case "int":
            return 1
        case "enum":
            return spec["v"][0]
        case "list":
            return [_sample(spec["of"])]
        case "any":
            return _sample(spec["of"][0])
    raise AssertionError(f"no sample for {spec}")


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("account.create", account_params()),
        (
            "account.create",
            {
                "type": "custom",
                "external_account": {
                    "object": "bank_account",
                    "country": "DE",
                    "account_number": "DE89370400440532013000",
                },
            },
        ),
        ("transfer.create", {"amount": 5, "currency": "usd", "destination": "acct_1"}),
        ("payout.create", {"amount": 5, "currency": "usd", "metadata": {"statement": "s"}}),
        ("reversal.create", {"amount": 5, "metadata": {"reason": "duplicate"}}),
        ("transfer.list", {"transfer_group": "g", "created": {"gte": 5, "lt": 9}, "limit": 100}),
        ("event.list", {"delivery_success": False, "types": ["payout.paid", "payout.failed"]}),
        (
            "account_link.create",
            {
                "account": "acct_1",
                "type": "account_onboarding",
                "refresh_url": "https://example.com/a",
                "return_url": "https://example.com/b",
                "collection_options": {"fields": "eventually_due"},
            },
        ),
    ],
)
def test_what_payouts_sends_is_valid_on_both_sides(operation: str, params: dict[str, Any]) -> None:
    sdk_type(operation).validate_python(params)
    assert accept(operation, params) == params


@pytest.mark.parametrize(
    ("params", "param", "message"),
    [
        ({"controller": {"fees": {"payer": "me"}}}, "controller[fees][payer]", "must be one of"),
        ({"controller": {"fee": {}, "x": "1"}}, "controller[x]", "unknown parameter"),
        ({"capabilities": {"transfers": {"requested": "yes"}}},
         "capabilities[transfers][requested]", "Invalid boolean"),
        ({"tos_acceptance": "now"}, "tos_acceptance", "Invalid object"),
        ({"settings": {"payouts": {"schedule": {"delay_days": "soon"}}}},
         "settings[payouts][schedule][delay_days]", "must be one of"),
    ],
)  # fmt: skip
def test_nested_parameters_are_named_as_they_were_sent(
    params: dict[str, Any], param: str, message: str
) -> None:
    with pytest.raises(ApiError, match=message) as refusal:
        accept("account.create", params)
    assert refusal.value.param == param


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        (
            [("a", "1"), ("b[c]", "2"), ("b[d][e]", "3")],
            {"a": "1", "b": {"c": "2", "d": {"e": "3"}}},
        ),
        ([("x[]", "1"), ("x[]", "2")], {"x": {"0": "1", "1": "2"}}),
        ([("x[1]", "b"), ("x[0]", "a")], {"x": {"1": "b", "0": "a"}}),
        ([("m[k.with-signs]", "")], {"m": {"k.with-signs": ""}}),
    ],
)
def test_form_names_nest(pairs: list[tuple[str, str]], expected: dict[str, Any]) -> None:
    assert decode(pairs) == expected


@pytest.mark.parametrize(
    "pairs",
    [
        [("", "1")],
        [("a[b", "1")],
        [("a]b[", "1")],
        [("a", "1"), ("a[b]", "2")],
        [("a" + "[b]" * 20, "1")],
    ],
)
def test_malformed_form_names_are_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(ApiError):
        decode(pairs)
