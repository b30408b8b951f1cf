"""All pages of the site."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter

from services.gateway.exports.downloads import Downloads
from services.gateway.exports.statements import StatementFiles
from services.gateway.media.routes import MediaRoutes
from services.gateway.papers import PaperFiles
from services.gateway.uploads.routes import Uploads
from services.gateway.web.account import AccountPages
from services.gateway.web.client.billing import BillingPage
from services.gateway.web.client.checkout import CheckoutPages
from services.gateway.web.client.funds import FundsPage
from services.gateway.web.client.money import ClientMoneyPages
from services.gateway.web.client.new_project import NewProjectPages
from services.gateway.web.client.projects import ProjectPages
from services.gateway.web.client.quality import QualityPages
from services.gateway.web.client.refunds import ClientRefundPages
from services.gateway.web.client.results import ResultPages
from services.gateway.web.client.rules import RulePages
from services.gateway.web.client.tasks import TaskPages
from services.gateway.web.contractor.desk import Desk
from services.gateway.web.contractor.earnings import EarningsPages
from services.gateway.web.contractor.offers import OffersPage
from services.gateway.web.contractor.payout import PayoutPages
from services.gateway.web.contractor.statements import StatementPages
from services.gateway.web.contractor.workbench import WorkbenchPage
from services.gateway.web.operator.adjustments import AdjustmentPages
from services.gateway.web.operator.calendars import CalendarPages
from services.gateway.web.operator.conversions import ConversionPages
from services.gateway.web.operator.fairness import FairnessPages
from services.gateway.web.operator.floors import FloorPages
from services.gateway.web.operator.money import MoneyPages
from services.gateway.web.operator.organisations import OrganisationPages
from services.gateway.web.operator.payout_files import PayoutFilePages
from services.gateway.web.operator.refunds import RefundPages
from services.gateway.web.operator.scraping import Scraper
from services.gateway.web.operator.system import SystemPage
from services.gateway.web.operator.vendors import VendorPages
from services.gateway.web.organisation.keys import KeyPages
from services.gateway.web.organisation.people import PeoplePages
from services.gateway.web.organisation.webhooks import WebhookPages
from services.gateway.web.payout_account import PayoutAccountPages
from services.gateway.web.sign_in import SignInPages
from services.gateway.web.site import Site
from services.gateway.web.tax_form import TaxFormPages
from services.gateway.web.vendor.overview import OverviewPages
from services.gateway.web.vendor.pool import PoolPages
from services.gateway.web.vendor.statements import VendorStatementPages


def consoles(
    site: Site,
    *,
    uploads: Uploads,
    downloads: Downloads,
    statements: StatementFiles,
    papers: PaperFiles,
    media: MediaRoutes,
    scraper: Scraper,
    links: Mapping[str, str],
) -> list[APIRouter]:
    """Their routers. `links`: by name, where operators see more."""

    def projects(role: str, prefix: str) -> list[APIRouter]:
        tasks = TaskPages(
            site, role=role, prefix=prefix, uploads=uploads, downloads=downloads, media=media
        )
        return [
            ProjectPages(site, role=role, prefix=prefix).router(),
            tasks.router(),
            ResultPages(site, role=role, prefix=prefix).router(),
            QualityPages(site, role=role, prefix=prefix).router(),
            RulePages(site, role=role, prefix=prefix).router(),
        ]

    def pool(role: str, prefix: str) -> APIRouter:
        return PoolPages(site, role=role, prefix=prefix, uploads=uploads).router()

    return [
        SignInPages(site).router(),
        *AccountPages(site).routers(),
        KeyPages(site).router(),
        PeoplePages(site).router(),
        WebhookPages(site).router(),
        NewProjectPages(site).router(),
        FundsPage(site).router(),
        BillingPage(site).router(),
        ClientMoneyPages(site, papers=papers).router(),
        CheckoutPages(site).router(),
        ClientRefundPages(site).router(),
        *projects("CLIENT", "/client/projects"),
        *projects("OPERATOR", "/operator/projects"),
        OffersPage(site).router(),
        Desk(site).router(),
        WorkbenchPage(site).router(),
        EarningsPages(site).router(),
        StatementPages(site, files=statements).router(),
        PayoutPages(site).router(),
        OverviewPages(site).router(),
        pool("VENDOR", "/vendor/pool"),
        pool("OPERATOR", "/operator/contractors"),
        VendorStatementPages(
            site, role="VENDOR", prefix="/vendor/statements", files=statements
        ).router(),
        VendorStatementPages(
            site, role="OPERATOR", prefix="/operator/statements", files=statements
        ).router(),
        VendorPages(site).router(),
        FairnessPages(site).router(),
        OrganisationPages(site).router(),
        MoneyPages(site).router(),
        FloorPages(site).router(),
        CalendarPages(site).router(),
        AdjustmentPages(site).router(),
        PayoutFilePages(site).router(),
        RefundPages(site).router(),
        ConversionPages(site).router(),
        SystemPage(site, scraper=scraper, links=links).router(),
        PayoutAccountPages(site, role="VENDOR", path="/vendor/payout").router(),
        TaxFormPages(site, role="VENDOR", path="/vendor/tax").router(),
        TaxFormPages(site, role="CONTRACTOR", path="/earnings/tax").router(),
    ]
