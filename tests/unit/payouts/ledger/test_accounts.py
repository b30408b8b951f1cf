from __future__ import annotations

import pytest

from services.payouts.domain.errors import CurrencyUnsupported, InvalidAccount
from services.payouts.domain.ledger import accounts
from services.payouts.domain.ledger.accounts import CHART, Purpose, Side, parse

EVERY_ACCOUNT = [
    (
        accounts.client_available(client_id="org_a", currency="USD"),
        "client:org_a:available:USD",
        Purpose.CLIENT_AVAILABLE,
        Side.CREDIT,
        True,
    ),
    (
        accounts.project_held(client_id="org_a", project_id="prj_1", currency="USD"),
        "client:org_a:project:prj_1:held:USD",
        Purpose.PROJECT_HELD,
        Side.CREDIT,
        True,
    ),
    (
        accounts.project_reserve(client_id="org_a", project_id="prj_1", currency="USD"),
        "client:org_a:project:prj_1:reserve:USD",
        Purpose.PROJECT_RESERVE,
        Side.CREDIT,
        True,
    ),
    (
        accounts.client_hold(client_id="org_a", hold_id="rfd_1", currency="USD"),
        "client:org_a:hold:rfd_1:USD",
        Purpose.CLIENT_HOLD,
        Side.CREDIT,
        True,
    ),
    (
        accounts.client_owed(client_id="org_a", currency="USD"),
        "client:org_a:owed:USD",
        Purpose.CLIENT_OWED,
        Side.DEBIT,
        False,
    ),
    (
        accounts.payable(contractor_id="ctr_1", vendor_id="", currency="USD"),
        "contractor:ctr_1:payable:USD",
        Purpose.CONTRACTOR_PAYABLE,
        Side.CREDIT,
        True,
    ),
    (
        accounts.payable(contractor_id="ctr_1", vendor_id="org_v", currency="USD"),
        "contractor:ctr_1:via:org_v:payable:USD",
        Purpose.VENDOR_PAYABLE,
        Side.CREDIT,
        True,
    ),
    (
        accounts.contractor_benefits(contractor_id="ctr_1", currency="USD"),
        "contractor:ctr_1:benefits:USD",
        Purpose.CONTRACTOR_BENEFITS,
        Side.CREDIT,
        True,
    ),
    (
        accounts.benefits_owed(provider_id="fund", currency="USD"),
        "benefits:fund:owed:USD",
        Purpose.BENEFITS_OWED,
        Side.CREDIT,
        True,
    ),
    (
        accounts.vendor_commission(vendor_id="org_v", currency="USD"),
        "vendor:org_v:commission:USD",
        Purpose.VENDOR_COMMISSION,
        Side.CREDIT,
        True,
    ),
    (
        accounts.platform_fees(currency="USD"),
        "platform:fees:USD",
        Purpose.PLATFORM_FEES,
        Side.CREDIT,
        False,
    ),
    (
        accounts.platform_absorbed(currency="USD"),
        "platform:absorbed:USD",
        Purpose.PLATFORM_ABSORBED,
        Side.DEBIT,
        False,
    ),
    (
        accounts.platform_payment_costs(currency="USD"),
        "platform:payment_costs:USD",
        Purpose.PLATFORM_PAYMENT_COSTS,
        Side.DEBIT,
        False,
    ),
    (
        accounts.platform_exchange(currency="USD"),
        "platform:exchange:USD",
        Purpose.PLATFORM_EXCHANGE,
        Side.CREDIT,
        False,
    ),
    (
        accounts.fx_clearing(source="USD", target="EUR", currency="EUR"),
        "fx:USD:EUR:clearing:EUR",
        Purpose.FX_CLEARING,
        Side.DEBIT,
        False,
    ),
    (
        accounts.statement(statement_id="2026-11.vendor.org_v.USD", currency="USD"),
        "statement:2026-11.vendor.org_v.USD:USD",
        Purpose.STATEMENT,
        Side.CREDIT,
        True,
    ),
    (
        accounts.tax_withheld(authority="irs", currency="USD"),
        "tax:irs:withheld:USD",
        Purpose.TAX_WITHHELD,
        Side.CREDIT,
        True,
    ),
    (
        accounts.rail_platform(currency="USD"),
        "rail:stripe:platform:USD",
        Purpose.RAIL_PLATFORM,
        Side.DEBIT,
        False,
    ),
    (
        accounts.rail_in_flight(currency="USD"),
        "rail:stripe:in_flight:USD",
        Purpose.RAIL_IN_FLIGHT,
        Side.CREDIT,
        False,
    ),
    (
        accounts.rail_transferred(currency="USD"),
        "rail:stripe:transferred:USD",
        Purpose.RAIL_TRANSFERRED,
        Side.CREDIT,
        False,
    ),
    (
        accounts.rail_connected(account_id="acct_1", currency="EUR"),
        "rail:stripe:connected:acct_1:EUR",
        Purpose.RAIL_CONNECTED,
        Side.DEBIT,
        False,
    ),
    (
        accounts.rail_payout_in_flight(currency="USD"),
        "rail:stripe:payout_in_flight:USD",
        Purpose.RAIL_PAYOUT_IN_FLIGHT,
        Side.DEBIT,
        False,
    ),
    (
        accounts.rail_paid_out(currency="USD", rail="manual_csv"),
        "rail:manual_csv:paid_out:USD",
        Purpose.RAIL_PAID_OUT,
        Side.DEBIT,
        False,
    ),
]


@pytest.mark.parametrize(("made", "name", "purpose", "side", "guarded"), EVERY_ACCOUNT)
def test_every_account(made: str, name: str, purpose: Purpose, side: Side, guarded: bool) -> None:
    assert made == name
    account = parse(name)
    assert account.kind.purpose is purpose
    assert account.kind.side is side
    assert account.kind.guarded is guarded
    assert name.endswith(f":{account.currency}")


def test_the_table_above_is_the_whole_chart() -> None:
    assert [row[2] for row in EVERY_ACCOUNT] == [kind.purpose for kind in CHART]
    assert {kind.purpose for kind in CHART} == set(Purpose)


def test_parts_by_name() -> None:
    account = parse("client:org_a:project:prj_1:held:USD")
    assert account.part("client") == "org_a"
    assert account.part("project") == "prj_1"
    assert account.part("vendor") == ""


def test_balances_are_told_on_the_accounts_own_side() -> None:
    assert parse("rail:stripe:platform:USD").balance_units(70) == 70
    assert parse("client:org_a:available:USD").balance_units(-70) == 70


def test_only_clearing_accounts_have_to_be_empty_in_the_end() -> None:
    assert {kind.purpose for kind in CHART if kind.clearing} == {
        Purpose.FX_CLEARING,
        Purpose.RAIL_IN_FLIGHT,
        Purpose.RAIL_PAYOUT_IN_FLIGHT,
    }


@pytest.mark.parametrize(
    "name",
    [
        "",
        "client:org_a:available",
        "client:org_a:available:usd",
        "client::available:USD",
        "client:org_a:held:USD",
        "client:org_a:available:USD:USD",
        " client:org_a:available:USD",
        "client:org_a:available:USD\n",
        "client:org a:available:USD",
        f"client:{'x' * 129}:available:USD",
        "somebody:org_a:available:USD",
    ],
)
def test_unknown_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidAccount):
        parse(name)


@pytest.mark.parametrize("currency", ["XYZ", "XAU"])
def test_accounts_are_in_real_currencies(currency: str) -> None:
    with pytest.raises(CurrencyUnsupported):
        accounts.platform_fees(currency=currency)


@pytest.mark.parametrize("client_id", ["", "a:b", "a b", "-a", "a/b", "é"])
def test_ids_cannot_break_out_of_their_part(client_id: str) -> None:
    with pytest.raises(InvalidAccount) as caught:
        accounts.client_available(client_id=client_id, currency="USD")
    assert caught.value.metadata == {"part": "client", "value": client_id}
