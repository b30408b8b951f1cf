"""BrokerService, templates and label configs: protobuf in, use cases, protobuf out."""
# ruff: noqa: N802

from __future__ import annotations

import json
from typing import Any

import grpc

from crewline.broker.v1 import service_pb2, types_pb2
from crewline.common.v1 import types_pb2 as common_pb2
from services.broker.domain.templates import Template
from services.broker.usecases import labelling
from services.broker.wire import field_message
from services.chassis.paging import page_position, page_size, page_token

Context = grpc.aio.ServicerContext[Any, Any]

_TEMPLATES = "templates"


class LabellingServicer:
    """See protos/crewline/broker/v1/service.proto."""

    async def ListTemplates(
        self, request: service_pb2.ListTemplatesRequest, context: Context
    ) -> service_pb2.ListTemplatesResponse:
        size = page_size(request.page_size)
        after = page_position(request.page_token, scope=_TEMPLATES)
        found = labelling.templates(after=after, limit=size + 1)
        page = found[:size]
        more = page_token(page[-1].name, scope=_TEMPLATES) if len(found) > size else ""
        return service_pb2.ListTemplatesResponse(
            templates=[_message(template) for template in page], next_page_token=more
        )

    async def CheckLabelConfig(
        self, request: service_pb2.CheckLabelConfigRequest, context: Context
    ) -> service_pb2.CheckLabelConfigResponse:
        looked = labelling.look_over(request.label_config, request.data_json)
        return service_pb2.CheckLabelConfigResponse(
            kind=looked.kind.value if looked.kind is not None else 0,  # type: ignore[arg-type]
            labels=looked.labels,
            fields=[field_message(each) for each in looked.fields],
            data_fields=[
                types_pb2.DataField(name=shown.name, shown_as=shown.shown_as)
                for shown in looked.shown
            ],
            problems=[
                common_pb2.ItemError(
                    reason="DATA_INVALID" if looked.kind is not None else "LABEL_CONFIG_INVALID",
                    message=problem.message,
                    field=problem.path,
                    metadata={"rule": problem.rule},
                )
                for problem in looked.problems
            ],
        )


def _message(template: Template) -> types_pb2.Template:
    return types_pb2.Template(
        name=template.name,
        title=template.title,
        description=template.description,
        kind=labelling.kind_of(template).value,  # type: ignore[arg-type]
        label_config=template.label_config,
        instructions=template.instructions,
        example_data_json=json.dumps(template.example),
    )
