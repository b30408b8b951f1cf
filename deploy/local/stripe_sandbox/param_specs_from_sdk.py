"""Writes param_specs.json: what each emulated endpoint accepts, read off the SDK's TypedDicts.

Run `python -m deploy.local.stripe_sandbox.param_specs_from_sdk` after moving the stripe pin; a
contract test fails while the file is stale. The sandbox itself never imports stripe.
"""

from __future__ import annotations

import importlib
import json
import types
import typing
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal, NotRequired

import stripe
from typing_extensions import is_typeddict

SPECS_PATH: Final = Path(__file__).with_name("param_specs.json")
V2_SPECS_PATH: Final = SPECS_PATH.parent / "v2" / "param_specs.json"

# Operation name -> the SDK's parameter class for it (module `stripe.params`).
PARAM_CLASSES: Final[dict[str, str]] = {
    "account.current": "AccountRetrieveCurrentParams",
    "account.create": "AccountCreateParams",
    "account.list": "AccountListParams",
    "account.retrieve": "AccountRetrieveParams",
    "account.update": "AccountUpdateParams",
    "account.delete": "AccountDeleteParams",
    "capability.list": "AccountCapabilityListParams",
    "capability.retrieve": "AccountCapabilityRetrieveParams",
    "capability.update": "AccountCapabilityUpdateParams",
    "external_account.create": "AccountExternalAccountCreateParams",
    "external_account.list": "AccountExternalAccountListParams",
    "external_account.retrieve": "AccountExternalAccountRetrieveParams",
    "external_account.update": "AccountExternalAccountUpdateParams",
    "external_account.delete": "AccountExternalAccountDeleteParams",
    "account_link.create": "AccountLinkCreateParams",
    "balance.retrieve": "BalanceRetrieveParams",
    "balance_settings.retrieve": "BalanceSettingsRetrieveParams",
    "balance_settings.update": "BalanceSettingsUpdateParams",
    "balance_transaction.list": "BalanceTransactionListParams",
    "balance_transaction.retrieve": "BalanceTransactionRetrieveParams",
    "charge.retrieve": "ChargeRetrieveParams",
    "checkout_session.create": "checkout.SessionCreateParams",
    "checkout_session.list": "checkout.SessionListParams",
    "checkout_session.retrieve": "checkout.SessionRetrieveParams",
    "checkout_session.expire": "checkout.SessionExpireParams",
    "dispute.list": "DisputeListParams",
    "dispute.retrieve": "DisputeRetrieveParams",
    "event.list": "EventListParams",
    "event.retrieve": "EventRetrieveParams",
    "payment_intent.create": "PaymentIntentCreateParams",
    "payment_intent.list": "PaymentIntentListParams",
    "payment_intent.retrieve": "PaymentIntentRetrieveParams",
    "payment_intent.confirm": "PaymentIntentConfirmParams",
    "payment_intent.cancel": "PaymentIntentCancelParams",
    "payout.create": "PayoutCreateParams",
    "payout.list": "PayoutListParams",
    "payout.retrieve": "PayoutRetrieveParams",
    "payout.update": "PayoutUpdateParams",
    "payout.cancel": "PayoutCancelParams",
    "refund.create": "RefundCreateParams",
    "refund.list": "RefundListParams",
    "refund.retrieve": "RefundRetrieveParams",
    "topup.create": "TopupCreateParams",
    "topup.list": "TopupListParams",
    "topup.retrieve": "TopupRetrieveParams",
    "topup.update": "TopupUpdateParams",
    "transfer.create": "TransferCreateParams",
    "transfer.list": "TransferListParams",
    "transfer.retrieve": "TransferRetrieveParams",
    "transfer.update": "TransferUpdateParams",
    "reversal.create": "TransferReversalCreateParams",
    "reversal.list": "TransferReversalListParams",
    "reversal.retrieve": "TransferReversalRetrieveParams",
    "reversal.update": "TransferReversalUpdateParams",
    "webhook_endpoint.create": "WebhookEndpointCreateParams",
    "webhook_endpoint.list": "WebhookEndpointListParams",
    "webhook_endpoint.retrieve": "WebhookEndpointRetrieveParams",
    "webhook_endpoint.update": "WebhookEndpointUpdateParams",
    "webhook_endpoint.delete": "WebhookEndpointDeleteParams",
}

# The second version's, by the module that they are in.
V2_PARAM_CLASSES: Final[dict[str, str]] = {
    "v2.account.create": "v2.core.AccountCreateParams",
    "v2.account.list": "v2.core.AccountListParams",
    "v2.account.retrieve": "v2.core.AccountRetrieveParams",
    "v2.account.close": "v2.core.AccountCloseParams",
    "v2.account_link.create": "v2.core.AccountLinkCreateParams",
    "v2.event.list": "v2.core.EventListParams",
    "v2.event.retrieve": "v2.core.EventRetrieveParams",
    "v2.event_destination.create": "v2.core.EventDestinationCreateParams",
    "v2.event_destination.list": "v2.core.EventDestinationListParams",
    "v2.financial_account.list": "v2.money_management.FinancialAccountListParams",
    "v2.financial_account.retrieve": "v2.money_management.FinancialAccountRetrieveParams",
    "v2.outbound_payment.create": "v2.money_management.OutboundPaymentCreateParams",
    "v2.outbound_payment.list": "v2.money_management.OutboundPaymentListParams",
    "v2.outbound_payment.retrieve": "v2.money_management.OutboundPaymentRetrieveParams",
    "v2.outbound_payment.cancel": "v2.money_management.OutboundPaymentCancelParams",
    "v2.recipient_verification.create": "v2.money_management.RecipientVerificationCreateParams",
    "v2.recipient_verification.retrieve": (
        "v2.money_management.RecipientVerificationRetrieveParams"
    ),
}
# What a next page's address carries beside what the SDK names.
_PAGE: Final = {"t": "str"}

# The static API mixes request options into the same TypedDicts; they never reach the wire.
_OPTIONS_MODULE: Final = importlib.import_module("stripe._request_options")
_REQUEST_OPTIONS: Final = frozenset(_OPTIONS_MODULE.RequestOptions.__annotations__)
_SCALARS: Final[dict[Any, str]] = {
    str: "str",
    int: "int",
    bool: "bool",
    float: "num",
    # The second version writes decimals as text.
    Decimal: "str",
}

Node = dict[str, Any]


def sdk_version() -> str:
    """Return the version of the SDK that the specs are read from."""
    return stripe.VERSION


def specs() -> dict[str, Node]:
    """Return the parameter tree of every operation."""
    return {operation: _class_node(name) for operation, name in sorted(PARAM_CLASSES.items())}


def v2_specs() -> dict[str, Node]:
    """Return those of the second version."""
    found = {operation: _class_node(name) for operation, name in sorted(V2_PARAM_CLASSES.items())}
    for operation, node in found.items():
        if operation.endswith(".list"):
            node["f"]["page"] = _PAGE
    return found


def params_class(name: str) -> Any:
    """Return the SDK's class of one operation's parameters, by its name within `stripe.params`."""
    package, _, last = name.rpartition(".")
    module = importlib.import_module(f"stripe.params.{package}" if package else "stripe.params")
    return getattr(module, last)


def _class_node(name: str) -> Node:
    return _typed_dict(params_class(name))


def _typed_dict(params: Any) -> Node:
    module = importlib.import_module(params.__module__)
    namespace = {"StripeContext": Any, **vars(_OPTIONS_MODULE), **vars(module)}
    hints = typing.get_type_hints(params, globalns=namespace, include_extras=True)
    fields: dict[str, Node] = {}
    required = []
    for field, hint in sorted(hints.items()):
        if field in _REQUEST_OPTIONS:
            continue
        optional = typing.get_origin(hint) is NotRequired
        fields[field] = _node(typing.get_args(hint)[0] if optional else hint)
        if not optional:
            required.append(field)
    return {"t": "obj", "f": fields, **({"req": required} if required else {})}


def _node(hint: Any) -> Node:
    origin = typing.get_origin(hint)
    if hint in _SCALARS:
        return {"t": _SCALARS[hint]}
    if is_typeddict(hint):
        return _typed_dict(hint)
    if origin is Literal:
        return _literal(typing.get_args(hint))
    if origin is list:
        return {"t": "list", "of": _node(typing.get_args(hint)[0])}
    if origin is dict:
        return {"t": "map", "of": _node(typing.get_args(hint)[1])}
    if origin is typing.Union or origin is types.UnionType:
        return _union([_node(arg) for arg in typing.get_args(hint) if not _untyped(arg)])
    raise TypeError(f"no wire form known for {hint!r}")


def _untyped(hint: Any) -> bool:
    origin = typing.get_origin(hint) or hint
    return getattr(origin, "__name__", "") == "UntypedStripeObject"


def _literal(values: tuple[Any, ...]) -> Node:
    if values == ("",):
        return {"t": "unset"}
    return {"t": "enum", "v": list(values)}


def _union(options: list[Node]) -> Node:
    unsettable = any(option["t"] == "unset" for option in options)
    rest = [option for option in options if option["t"] != "unset"]
    enums = [option for option in rest if option["t"] == "enum"]
    if enums:
        # `Literal[...] | str` is the SDK staying open to newer values; the server is not.
        rest = [option for option in rest if option["t"] != "str"]
    node: Node = rest[0] if len(rest) == 1 else {"t": "any", "of": rest}
    return {**node, "unset": True} if unsettable else node


def render(operations: dict[str, Node] | None = None) -> str:
    """Return a file's text, the first version's by default, one operation a line for diffs."""
    lines = [
        f"{json.dumps(name)}: {json.dumps(node, separators=(',', ':'), sort_keys=True)}"
        for name, node in (specs() if operations is None else operations).items()
    ]
    version = json.dumps(sdk_version())
    return '{"stripe_sdk": ' + version + ', "operations": {\n' + ",\n".join(lines) + "\n}}\n"


if __name__ == "__main__":
    SPECS_PATH.write_text(render(), encoding="utf-8")
    V2_SPECS_PATH.write_text(render(v2_specs()), encoding="utf-8")
    print(f"wrote {SPECS_PATH} and {V2_SPECS_PATH} from stripe {sdk_version()}")
