"""Examples that the contracts take: every value follows from the field's name and its rules."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from services.gateway.rest.fields import is_map, json_name, json_value_name, message_of
from services.gateway.rest.openapi.constraints import rules_of
from services.gateway.rest.rules import REQUEST_ID
from services.gateway.rest.scalars import DURATION, TIMESTAMP

_DEPTH_MAX = 5
_TIME = "2026-01-31T12:00:00Z"

# By the name of the field: what a reader expects to see, and what its pattern asks for.
_WORDS: dict[str, Any] = {
    "account": "client:org_06h1z2k9d8s7:available:USD",
    "account_holder": "Ada Lovelace",
    "account_number": "GB82WEST12345698765432",
    "active_seconds": 12.5,
    "amount_minor": 1250,
    "bank_code": "WESTGB2L",
    "bank_country": "GB",
    "bank_name": "Bank of Examples",
    "bank_reference": "FT26031A1B2C",
    "anchor_date": "2026-01-01",
    "city": "Nairobi",
    "confidence": 0.97,
    "csv": "reference,outcome,value_date,bank_reference\nCW0000,paid,2026-01-31,FT1\n",
    "acceptance_rate": 0.96,
    "actor": "per_06h1z2k9d8s7c3407us39vtg",
    "floor_place": "KE-30",
    "from_region": "KE-47",
    "from_state": "FUNDED",
    "to_region": "KE-30",
    "to_state": "LIVE",
    "countries": "KE",
    "country": "KE",
    "currency": "USD",
    "contact_email": "office@example.com",
    "document": "letter of 2026-01-30",
    "email": "ada@example.com",
    "cancel_url": "https://example.com/left",
    "external_id": "photo-0001",
    "gold_share_max": 0.1,
    "holidays_country": "KE",
    "instructions": "Is there a bird in the photo?",
    "label_config": '<View><Image name="image" value="$image"/><Choices name="bird" '
    'toName="image"><Choice value="yes"/><Choice value="no"/></Choices></View>',
    "label": "yes",
    "labels": "yes",
    "languages": "en",
    "lease_seconds": 900,
    "lines": "7 Moi Avenue",
    "legal_name": "Acme Staffing Ltd",
    "name": "Birds in photos",
    "next_pay_date": "2026-02-03",
    "number": "A012345678Z",
    "overlap": 3,
    "person_name": "Ada Lovelace",
    "reason": "as agreed by telephone",
    "reference": "FT26031A1B2C",
    "refresh_url": "https://example.com/again",
    "return_url": "https://example.com/done",
    "review_share": 0.05,
    "region": "KE-30",
    "regions": "KE-30",
    "registration": "Registrar of Companies PVT-ABC123",
    "reject_below": 0.05,
    "shown_as": "Image",
    "skills": "photo",
    "tax_number": "P051234567X",
    "time_zone": "Africa/Nairobi",
    "title": "Choose one label of an image",
    "value": "yes",
    "url": "https://example.com/onboarding",
    "usual_seconds": 11.8,
    "max_assignments": 10,
    "pay_calendar_id": "kenya-monthly",
    "pay_date": "2026-01-31",
    "provider_id": "teachers-fund",
    "postal_code": "00100",
    "purchase_order": "PO-2026-0042",
    "rate": "0.92",
    "types": "funds.low",
    "value_date": "2026-01-31",
    "password": "correct horse battery staple",
    "old_password": "correct horse battery staple",
    "new_password": "staple battery horse correct",
    "secret": "ck_06h1z2k9d8s7c3407us39vtg_c53evatc45rcs6dfoa7tduv6432sv6nhwigxnz",
    "session_secret": "cs_c53evatc45rcs6dfoa7tduv6432sv6nhwigxnzsnlfodjximdhwq",
    "next_page_token": "",
    "page_token": "",
}
_PREFIXES = {
    "assignee": "ctr",
    "assignment": "asg",
    "client": "org",
    "contractor": "ctr",
    "deposit": "dep",
    "invitation": "inv",
    "key": "key",
    "organisation": "org",
    "payee": "ctr",
    "period": "prd",
    "person": "per",
    "project": "prj",
    "session": "ses",
    "statement": "stm",
    "subject": "per",
    "task": "tsk",
    "topup": "tu",
    "vendor": "org",
}
_RESULT = [
    {
        "from_name": "bird",
        "to_name": "image",
        "type": "choices",
        "value": {"choices": ["yes"]},
    }
]
_JSON: dict[str, Any] = {
    "data": {"image": "https://example.com/photos/1.jpg"},
    "example_data": {"image": "https://example.com/photos/1.jpg"},
    "result": _RESULT,
    "label_result": _RESULT,
}


def example(
    message: Descriptor, *, is_input: bool, without: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """One that says something of most fields; of a request, what is left out is left out."""
    return _object(message, is_input=is_input, without=without | {REQUEST_ID}, depth=0)


def _object(
    message: Descriptor, *, is_input: bool, without: frozenset[str], depth: int
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in message.fields:
        if field.name in without or (depth >= _DEPTH_MAX and not is_input):
            continue
        # A result has either what was asked for or an error; an example has the first.
        if not is_input and field.name == "error" and field.message_type is not None:
            continue
        found[json_name(field)] = _field(field, is_input=is_input, depth=depth)
    return found


def _field(field: FieldDescriptor, *, is_input: bool, depth: int) -> Any:
    if is_map(field):
        return {"state": "DRAFT"}
    one = example_value(field, is_input=is_input, depth=depth)
    if not field.is_repeated:
        return one
    least = rules_of(field).repeated.min_items if is_input else 1
    if field.name == "labels" and field.message_type is None:
        return ["yes", "no"]
    return [one] * max(least, 1)


def example_value(field: FieldDescriptor, *, is_input: bool = True, depth: int = 0) -> Any:
    """One value of the field."""
    shown = json_value_name(field)
    if shown:
        return _JSON.get(shown, {})
    if field.message_type is not None:
        return _message(message_of(field), is_input=is_input, depth=depth)
    word, scalar = _WORDS.get(field.name), _scalar(field)
    # Another field of the name may be of another type.
    return word if isinstance(word, str) == isinstance(scalar, str) and word is not None else scalar


def _scalar(field: FieldDescriptor) -> Any:
    if field.enum_type is not None:
        return _enum(field, field.enum_type)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return "MCowBQYDK2VwAyEA"
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return _text(field)
    # A field that has to be true is.
    is_bool = field.cpp_type == FieldDescriptor.CPPTYPE_BOOL
    return rules_of(field).bool.const if is_bool else 1


def _message(message: Descriptor, *, is_input: bool, depth: int) -> Any:
    if message.full_name == TIMESTAMP:
        return _TIME
    if message.full_name == DURATION:
        return "0.250s"
    return _object(message, is_input=is_input, without=frozenset(), depth=depth + 1)


def _enum(field: FieldDescriptor, enum: EnumDescriptor) -> str:
    taken = list(getattr(rules_of(field).enum, "in"))
    names = {value.number: value.name for value in enum.values}
    return names[taken[0] if taken else sorted(names)[-1 if len(names) == 1 else 1]]


def _text(field: FieldDescriptor) -> str:
    listed = list(getattr(rules_of(field).string, "in"))
    if listed:
        return str(listed[0])
    stem = field.name.removesuffix("s").removesuffix("_id").rpartition("_")[2]
    if stem in _PREFIXES and field.name.removesuffix("s").endswith("_id"):
        return f"{_PREFIXES[stem]}_06h1z2k9d8s7c3407us39vtg"
    if field.name.endswith("_token"):
        return "c53evatc45rcs6dfoa7tduv6"
    return field.name.replace("_", " ")
