"""The settings of payouts."""

from __future__ import annotations

from pydantic import Field

from services.payouts.settings.adjustments import AdjustmentSettings
from services.payouts.settings.benefits import BenefitsSettings
from services.payouts.settings.calendar import CalendarSettings
from services.payouts.settings.chain import ChainSettings
from services.payouts.settings.client_money import ClientMoneySettings
from services.payouts.settings.floor import FloorSettings
from services.payouts.settings.notice import NoticeSettings
from services.payouts.settings.paper import PaperSettings
from services.payouts.settings.payout_rail import PayoutRailSettings
from services.payouts.settings.rail import RailSettings
from services.payouts.settings.reconciliation import ReconciliationSettings
from services.payouts.settings.tax import TaxSettings


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
    AdjustmentSettings,
):
    """What payouts needs besides what every service does."""

    mongo_database: str = "crewline_payouts"
    ledger_check_seconds: float = Field(default=10.0, gt=0, le=3600)
    ledger_audit_seconds: float = Field(default=60.0, gt=0, le=86_400)
    """Between two rounds in which every account is added up again."""
