"""What every contract promises: whom it admits, how large a request may be, what a repeat does."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sysconfig
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from buf.validate import validate_pb2
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pool import Default
from grpc_tools import protoc

import services
from crewline.common.v1 import authorisation_pb2
from services.chassis.errors import DomainError
from services.gateway.rest.rules import read_rules
from services.gateway.rest.templates import Paths

SERVICES = ("accounts", "vendors", "broker", "quality", "payouts")
READS = ("Get", "List", "Stream")

# Fields without an upper bound of their own, and why that is right.
UNBOUNDED = {
    "crewline.broker.v1.PostTasksRequest.tasks": "rows are checked one by one; bytes bound them",
    "crewline.vendors.v1.ImportContractorsRequest.contractors": "the same; TOO_MANY_ROWS",
}


def _service(name: str) -> ServiceDescriptor:
    module = importlib.import_module(f"crewline.{name}.v1.service_pb2")
    (found,) = module.DESCRIPTOR.services_by_name.values()
    assert isinstance(found, ServiceDescriptor)
    return found


METHODS = [method for name in SERVICES for method in _service(name).methods]
RULES = read_rules(SERVICES)
MUTATIONS = [method for method in METHODS if not method.name.startswith(READS)]


def _id(method: MethodDescriptor) -> str:
    return f"{method.full_name.split('.')[1]}.{method.name}"


def test_every_service_and_method_is_here(repository: Path) -> None:
    text = "".join(path.read_text() for path in (repository / "protos").glob("crewline/**/*.proto"))
    assert len(METHODS) == len(re.findall(r"^  rpc ", text, flags=re.MULTILINE))
    assert len(re.findall(r"^service ", text, flags=re.MULTILINE)) == len(SERVICES)


@pytest.mark.parametrize("method", METHODS, ids=_id)
def test_every_method_says_whom_it_admits(method: MethodDescriptor) -> None:
    options = method.GetOptions()
    assert options.HasExtension(authorisation_pb2.admits)
    admits = options.Extensions[authorisation_pb2.admits]
    assert bool(admits.roles) != admits.public, "roles, or everybody"
    assert authorisation_pb2.ROLE_UNSPECIFIED not in admits.roles
    assert len(set(admits.roles)) == len(admits.roles)


def _fields(message: Any, seen: frozenset[str] = frozenset()) -> Iterator[FieldDescriptor]:
    """The fields of a request and of all that is in it."""
    if message.full_name in seen or message.full_name.startswith("google."):
        return
    for field in message.fields:
        yield field
        # What is in a map, the map's own rules say.
        if field.message_type is not None and not _is_map(field):
            yield from _fields(field.message_type, seen | {message.full_name})


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)


def _rules(field: FieldDescriptor) -> validate_pb2.FieldRules:
    rules: validate_pb2.FieldRules = field.GetOptions().Extensions[validate_pb2.field]
    return rules


def _text_is_bounded(rules: validate_pb2.StringRules) -> bool:
    if any(rules.HasField(name) for name in ("max_len", "max_bytes", "len", "len_bytes")):
        return True
    if rules.uuid or getattr(rules, "in"):
        return True
    # A pattern bounds what it matches from end to end without a quantifier that is open.
    anchored = rules.pattern.startswith("^") and rules.pattern.endswith("$")
    return anchored and not re.search(r"[*+]|\{\d+,\}", rules.pattern)


def _unbounded(field: FieldDescriptor) -> str:
    """What of the field has no upper bound; "" where everything has one."""
    rules = _rules(field)
    scalar = rules
    if _is_map(field):
        texts = (rules.map.keys.string, rules.map.values.string)
        if not rules.map.HasField("max_pairs"):
            return "pairs"
        return "" if all(_text_is_bounded(text) for text in texts) else "characters"
    if field.is_repeated:
        if rules.ignore == validate_pb2.IGNORE_ALWAYS or not rules.repeated.HasField("max_items"):
            return "items"
        scalar = rules.repeated.items
    elif rules.ignore == validate_pb2.IGNORE_ALWAYS:
        return "value"
    if field.type == FieldDescriptor.TYPE_STRING and not _text_is_bounded(scalar.string):
        return "characters"
    if field.type == FieldDescriptor.TYPE_BYTES and not scalar.bytes.HasField("max_len"):
        return "bytes"
    return ""


@pytest.mark.parametrize("method", METHODS, ids=_id)
def test_every_text_list_and_blob_of_a_request_has_an_upper_bound(method: MethodDescriptor) -> None:
    for field in _fields(method.input_type):
        missing = _unbounded(field)
        if field.full_name in UNBOUNDED:
            assert missing, f"{field.full_name} is bounded: take it off the list"
        else:
            assert not missing, f"{field.full_name}: no bound on its {missing}"


@pytest.mark.parametrize("method", METHODS, ids=_id)
def test_every_enum_of_a_request_is_one_that_is_defined(method: MethodDescriptor) -> None:
    for field in _fields(method.input_type):
        if field.type == FieldDescriptor.TYPE_ENUM:
            rules = _rules(field)
            enum = rules.repeated.items.enum if field.is_repeated else rules.enum
            assert enum.defined_only or getattr(enum, "in"), field.full_name


# At most ten, and the days of at most a year.
FEW = {"ListWebhookEndpoints", "ListReconciliationDays"}


@pytest.mark.parametrize("method", METHODS, ids=_id)
def test_lists_are_paged_and_their_pages_alike(method: MethodDescriptor) -> None:
    if not method.name.startswith("List") or method.name in FEW:
        return
    size = method.input_type.fields_by_name["page_size"]
    token = method.input_type.fields_by_name["page_token"]
    assert _rules(size).int32.gte == 0
    assert _rules(size).int32.HasField("gte")
    assert _rules(token).string.max_len == 512
    assert "next_page_token" in method.output_type.fields_by_name


@pytest.mark.parametrize("method", MUTATIONS, ids=_id)
def test_every_mutation_says_what_a_repeat_does(method: MethodDescriptor) -> None:
    field = method.input_type.fields_by_name.get("request_id")
    if field is not None:
        assert _rules(field).string.uuid, "a UUID (AIP-155)"
    else:
        assert "repeat" in _comments()[method.full_name], "no request_id, and no word on repeats"


# Reads that are asked with a body: a secret, or more than an address holds.
READS_BY_POST = {"LookUpInvitation", "CheckLabelConfig"}
# Files have routes of their own in the gateway.
NOT_OVER_REST = {"ReceiveWebhook", "GetStatementDocument", "GetPaperFile"}


@pytest.mark.parametrize("method", METHODS, ids=_id)
def test_every_method_has_a_place_in_rest(method: MethodDescriptor) -> None:
    rules = [rule for rule in RULES if rule.rpc.full_name == method.full_name]
    if method.name in NOT_OVER_REST:
        assert rules == []
        return
    assert rules, "no google.api.http"
    for rule in rules:
        assert rule.path.startswith("/v1/")
        if method.name.startswith(READS):
            assert rule.http_method == "GET"
        else:
            assert rule.http_method in ("POST", "PUT", "PATCH", "DELETE")
            assert rule.body, "a write without a body is one that nobody can add a field to"
        assert ("{" in rule.path) == bool(rule.template.variables)


def test_reads_by_post_are_few_and_change_nothing() -> None:
    told = {m.name for m in MUTATIONS if re.search(r"\bA read\b", _comments()[m.full_name])}
    assert told == READS_BY_POST


def test_no_two_methods_have_one_place() -> None:
    paths: Paths[str] = Paths()
    for rule in RULES:
        paths.add(rule.template, rule.http_method, rule.rpc.full_name)


@pytest.mark.parametrize("method", METHODS, ids=_id)
def test_every_error_that_is_told_is_one_that_is_made(method: MethodDescriptor) -> None:
    # What comes before "Errors" may name states.
    told = re.search(r"Errors[^:]*:(.*)", _comments()[method.full_name], flags=re.DOTALL)
    if told is None:
        return
    reasons = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", told.group(1)))
    assert reasons <= _reasons(method.full_name.split(".")[1])


@cache
def _reasons(service: str) -> frozenset[str]:
    """The reasons of every error of a service, and of the chassis."""
    package = importlib.import_module(f"services.{service}")
    for module in pkgutil.walk_packages(package.__path__, prefix=f"services.{service}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return frozenset(
        kind.reason
        for kind in _subclasses(DomainError)
        if kind.__module__.startswith((f"services.{service}.", "services.chassis."))
    )


def _subclasses(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for inner in kind.__subclasses__():
        yield inner
        yield from _subclasses(inner)


@cache
def _comments() -> dict[str, str]:
    """What stands above each method, by its full name."""
    root = Path(services.__path__[0]).parent / "protos"
    files = sorted(str(path) for path in root.glob("crewline/*/v1/service.proto"))
    site = sysconfig.get_path("purelib")
    arguments = ["protoc", f"-I{root}", f"-I{site}", f"-I{site}/grpc_tools/_proto"]
    with tempfile.NamedTemporaryFile(suffix=".binpb") as target:
        arguments += ["--include_source_info", f"--descriptor_set_out={target.name}", *files]
        assert protoc.main(arguments) == 0
        described = descriptor_pb2.FileDescriptorSet.FromString(target.read())
    found = {}
    for file in described.file:
        for location in file.source_code_info.location:
            # Field 6 of a file is its services, field 2 of a service its methods.
            if len(location.path) == 4 and (location.path[0], location.path[2]) == (6, 2):
                service = file.service[location.path[1]]
                name = f"{file.package}.{service.name}.{service.method[location.path[3]].name}"
                found[name] = location.leading_comments
    return found


@pytest.mark.parametrize(
    ("field", "missing"),
    [
        ("crewline.broker.v1.Project.name", "characters"),
        ("crewline.broker.v1.Project.labels", "items"),
        ("crewline.accounts.v1.SigningKey.public_key", "bytes"),
        ("crewline.broker.v1.CreateProjectRequest.labels", ""),
        ("crewline.common.v1.Money.currency", ""),
        ("crewline.payouts.v1.ReceiveWebhookRequest.payload", ""),
    ],
)
def test_what_has_no_bound_is_found(field: str, missing: str) -> None:
    found = Default().FindFieldByName(field)
    assert isinstance(found, FieldDescriptor)
    assert _unbounded(found) == missing


def test_comments_are_found() -> None:
    assert _comments().keys() >= {method.full_name for method in MUTATIONS}
    assert "LABELS_INVALID" in _comments()["crewline.broker.v1.BrokerService.CreateProject"]
    assert "LABELS_INVALID" in _reasons("broker")
    assert "LABELS_INVALID" not in _reasons("quality")
