"""The whole document against a running stack: whatever it allows, and what it does not, is answered
as it says; never with a failure of our own.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.gateway.rest.openapi.comments import Comments
from services.gateway.rest.openapi.document import openapi
from services.gateway.rest.rules import read_rules
from tests.system.conftest import TwoTenants
from tests.system.tenants import Tenant, bearer

RULES = read_rules(("accounts", "vendors", "broker", "quality", "payouts"))
EXAMPLES = 12
# Streams of no end are read by other tests.
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


PATHS = openapi(RULES, comments=Comments())["paths"]
OPERATIONS = [(path, method) for path, methods in PATHS.items() for method in methods]


def _id(operation: tuple[str, str]) -> str:
    path, method = operation
    return str(PATHS[path][method]["operationId"])


@pytest.fixture(scope="module")
def schema(two_tenants: TwoTenants) -> Any:
    response = two_tenants.world.http.get("/openapi.json")
    return schemathesis.openapi.from_dict(response.json())


@pytest.fixture(scope="module")
def tenant(two_tenants: TwoTenants) -> Tenant:
    """One whose people may be suspended and whose work may be cancelled."""
    return two_tenants.world.tenant("charlieqx")


@pytest.mark.slow
@pytest.mark.parametrize("place", OPERATIONS, ids=_id)
def test_any_request_is_answered_as_the_document_says(
    two_tenants: TwoTenants, tenant: Tenant, schema: Any, place: tuple[str, str]
) -> None:
    path, method = place
    operation = schema[path][method.upper()]
    roles = PATHS[path][method].get("x-roles") or [""]
    fitting = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    unfitting = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    base_url = str(two_tenants.world.http.base_url).rstrip("/")
    tokens = {**tenant.tokens, "OPERATOR": two_tenants.world.operator, "": ""}

    @given(
        case=st.one_of(fitting, fitting, unfitting),
        role=st.sampled_from(roles),
        known=st.booleans(),
    )
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def answered(case: Case[Any], role: str, known: bool) -> None:
        # Credentials are the test's own: those that are thought up only ever get 401.
        for name in ("Authorization", "X-Api-Key"):
            case.headers.pop(name, None)
        if known:
            # Most ids that are thought up are nobody's: what is behind them is reached by these.
            for name in case.path_parameters:
                case.path_parameters[name] = tenant.ids.get(name, tenant.ids["vendor_id"])
        response = case.call(base_url=base_url, headers=bearer(tokens[role]), timeout=20)
        case.validate_response(response, checks=CHECKS)

    answered()
