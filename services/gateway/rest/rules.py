"""The routes: every RPC with a google.api.http rule, read from the services' descriptors."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from google.api import annotations_pb2, http_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import (
    Descriptor,
    FieldDescriptor,
    MethodDescriptor,
    ServiceDescriptor,
)
from google.protobuf.message import Message

from crewline.common.v1 import authorisation_pb2
from services.gateway.rest.fields import message_of
from services.gateway.rest.templates import PathTemplate, read_template

REQUEST_ID = "request_id"
ALL = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One HTTP method and path, and the RPC that answers it."""

    service: str
    """accounts, broker..."""
    rpc: MethodDescriptor
    http_method: str
    template: PathTemplate
    body: str
    """Which field the body is: "" for none of them, "*" for all that the path does not name."""
    public: bool
    """No credential is asked for."""
    roles: tuple[str, ...]
    """Who is admitted; empty where it is public."""
    request_type: type[Message]
    response_type: type[Message]

    @property
    def path(self) -> str:
        """The template's text: what metrics and logs call the route."""
        return self.template.text

    @property
    def is_write(self) -> bool:
        """It may change something."""
        return self.http_method not in ("GET", "HEAD")

    @property
    def has_request_id(self) -> bool:
        """A repeat is told by its request_id, which REST calls Idempotency-Key."""
        return self.is_write and REQUEST_ID in self.rpc.input_type.fields_by_name

    @property
    def body_field(self) -> FieldDescriptor | None:
        """The one field that the body is; None for none or all of them."""
        if self.body in ("", ALL):
            return None
        return self.rpc.input_type.fields_by_name[self.body]

    @property
    def streams_in(self) -> bool:
        """The body is any number of elements of one repeated field."""
        return bool(self.rpc.client_streaming)

    @property
    def streams_out(self) -> bool:
        """The answer is any number of messages."""
        return bool(self.rpc.server_streaming)


def read_rules(services: Iterable[str]) -> list[Rule]:
    """Of crewline.<name>.v1, in the order of the contracts; additional bindings are rules too.

    Errors:
        ValueError: a rule that cannot be served, with its RPC's name.
    """
    rules: list[Rule] = []
    for name in services:
        for descriptor in _services(name):
            for rpc in descriptor.methods:
                rules.extend(_rule(name, rpc, http) for http in _bindings(rpc))
    return rules


def element_field(message: Descriptor) -> FieldDescriptor | None:
    """The one field of a streamed message, where it is repeated: its elements are the stream."""
    if len(message.fields) == 1 and message.fields[0].is_repeated:
        return message.fields[0]
    return None


def find_field(message: Descriptor, path: str) -> FieldDescriptor:
    """`pay.currency` -> the field. Errors: ValueError."""
    first, _, rest = path.partition(".")
    found = message.fields_by_name.get(first)
    if found is None:
        raise ValueError(f"{message.full_name} has no field {path}")
    return find_field(message_of(found), rest) if rest else found


def _services(name: str) -> Iterator[ServiceDescriptor]:
    module: Any = importlib.import_module(f"crewline.{name}.v1.service_pb2")
    yield from module.DESCRIPTOR.services_by_name.values()


def _bindings(rpc: MethodDescriptor) -> Iterator[http_pb2.HttpRule]:
    options = rpc.GetOptions()
    if options.HasExtension(annotations_pb2.http):
        first = options.Extensions[annotations_pb2.http]
        yield first
        yield from first.additional_bindings


def _rule(service: str, rpc: MethodDescriptor, http: http_pb2.HttpRule) -> Rule:
    try:
        return _checked(_read(service, rpc, http))
    except ValueError as err:
        raise ValueError(f"{rpc.full_name}: {err}") from err


def _read(service: str, rpc: MethodDescriptor, http: http_pb2.HttpRule) -> Rule:
    pattern = http.WhichOneof("pattern")
    if pattern not in ("get", "put", "post", "delete", "patch"):
        raise ValueError(f"a rule of an HTTP method, not {pattern}")
    if http.response_body:
        raise ValueError("response_body is not served")
    admits = rpc.GetOptions().Extensions[authorisation_pb2.admits]
    return Rule(
        service=service,
        rpc=rpc,
        http_method=pattern.upper(),
        template=read_template(getattr(http, pattern)),
        body=http.body,
        public=admits.public,
        roles=tuple(
            authorisation_pb2.Role.Name(role).removeprefix("ROLE_") for role in admits.roles
        ),
        request_type=message_factory.GetMessageClass(rpc.input_type),
        response_type=message_factory.GetMessageClass(rpc.output_type),
    )


def _checked(rule: Rule) -> Rule:
    message = rule.rpc.input_type
    for path in rule.template.variables:
        found = find_field(message, path)
        if found.is_repeated or found.message_type is not None:
            raise ValueError(f"{path} is no single value")
    if rule.body and not rule.is_write:
        raise ValueError("GET has no body")
    if rule.body not in ("", ALL) and rule.body not in message.fields_by_name:
        raise ValueError(f"the body's field {rule.body} is not there")
    if rule.streams_in:
        field = rule.body_field
        if field is None or not field.is_repeated or field.message_type is None:
            raise ValueError("the body of a stream of requests is a repeated field of messages")
    elif rule.body_field is not None and rule.body_field.is_repeated:
        raise ValueError("only a stream's body is a repeated field")
    return rule
