"""The settings of payouts."""

from __future__ import annotations

from pydantic import Field

from services.payouts.benefits_settings import BenefitsSettings
from services.payouts.calendar_settings import CalendarSettings
from services.payouts.chain_settings import ChainSettings
from services.payouts.client_money_settings import ClientMoneySettings
from services.payouts.floor_settings import FloorSettings
from services.payouts.notice_settings import NoticeSettings
from services.payouts.paper_settings import PaperSettings
from services.payouts.payout_rail_settings import PayoutRailSettings
from services.payouts.rail_settings import RailSettings
from services.payouts.reconciliation_settings import ReconciliationSettings
from services.payouts.tax_settings import TaxSettings


class PayoutsSettings(
    RailSettings,
    TaxSettings,
    CalendarSettings,
    ReconciliationSettings,
    PayoutRailSettings,
    FloorSettings,
    NoticeSettings,
    ChainSettings,
    ClientMoneySettings,
    BenefitsSettings,
    PaperSettings,
):
    """What payouts needs besides what every service does."""

    mongo_database: str = "crewline_payouts"
    ledger_check_seconds: float = Field(default=10.0, gt=0, le=3600)
    ledger_audit_seconds: float = Field(default=60.0, gt=0, le=86_400)
    """Between two rounds in which every account is added up again."""
