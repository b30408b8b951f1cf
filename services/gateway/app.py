"""The gateway's composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from fastapi import FastAPI

from services.chassis.authentication import TokenVerifier
from services.chassis.grpc_client import open_channel
from services.chassis.key_set import fetch_keys_from
from services.chassis.lifecycle import Lifecycle, run_service
from services.chassis.mongo import MongoDatabase
from services.chassis.settings import load_settings
from services.gateway.callers import Callers
from services.gateway.client_address import ClientAddresses
from services.gateway.exports.downloads import Downloads
from services.gateway.exports.statements import StatementFiles
from services.gateway.health import Readiness, health_router
from services.gateway.http_pipeline import HttpPipeline
from services.gateway.http_server import HttpServer
from services.gateway.media.parts import build_media
from services.gateway.media.store import COLLECTIONS as MEDIA_COLLECTIONS
from services.gateway.papers import PaperFiles
from services.gateway.peers import Peers
from services.gateway.problems import add_problems
from services.gateway.rest.admission import Admission
from services.gateway.rest.api import RestApi, RestFirst
from services.gateway.rest.docs import docs_router
from services.gateway.rest.limits import Buckets, Limits, StreamSlots
from services.gateway.rest.openapi.document import OpenApi
from services.gateway.settings import GatewaySettings
from services.gateway.stripe_webhooks import StripeWebhooks
from services.gateway.uploads.routes import Uploads
from services.gateway.web.consoles import consoles
from services.gateway.web.operator.scraping import Scraper
from services.gateway.web.site import open_site, site_app


def main() -> None:
    """Runs the gateway until SIGTERM."""
    settings = load_settings(GatewaySettings)
    run_service("gateway", settings, partial(build, settings))


async def build(settings: GatewaySettings, lifecycle: Lifecycle) -> None:
    """Puts it together; the HTTP server comes last, so that it starts last and stops first."""
    channels = {
        name: open_channel(address, ca_file=settings.grpc_ca_file)
        for name, address in settings.addresses().items()
    }
    for name, channel in channels.items():
        lifecycle.add(f"channel:{name}", stop=channel.close)
    peers = Peers(channels)
    webhooks = StripeWebhooks(
        payouts=peers.payouts,
        timeout_seconds=settings.webhook_timeout_seconds,
    )
    callers = Callers(
        peers=peers,
        verifier=TokenVerifier(fetch_keys=fetch_keys_from(channels["accounts"])),
    )
    addresses = ClientAddresses(trusted_proxies=settings.trusted_proxy_networks)
    admission = Admission(callers=callers, addresses=addresses, limits=_limits(settings))
    database = MongoDatabase.connect(
        uri=settings.mongo_uri.get_secret_value(), name=settings.mongo_database, app_name="gateway"
    )
    await database.ensure(MEDIA_COLLECTIONS)
    lifecycle.add("database", stop=_closing(database))
    media = build_media(
        database=database,
        identify=admission.identify,
        signing_key=settings.media_signing_key.get_secret_value().encode(),
        link_seconds=settings.media_link_seconds,
        file_bytes_max=settings.media_bytes_max,
        organisation_bytes_max=settings.media_organisation_bytes_max,
    )
    lifecycle.add("media_sweep", run=media.sweep.run, stop=media.sweep.stop)
    site = open_site(
        peers=peers,
        callers=callers,
        addresses=addresses,
        sign_media=media.links.sign_all,
        public_url=settings.public_url,
    )
    rest = RestApi(
        peers=peers,
        admission=admission,
        transform_json=media.links.sign_all,
    )
    uploads = Uploads(
        tasks=rest.rows("PostTasks"),
        contractors=rest.rows("ImportContractors"),
        identify=admission.identify,
        parquet_bytes_max=settings.upload_parquet_bytes_max,
    )
    downloads = Downloads(peers=peers, identify=admission.identify)
    statements = StatementFiles(peers=peers, identify=admission.identify)
    papers = PaperFiles(peers=peers, identify=admission.identify)
    readiness = Readiness(
        channels=channels,
        ping_database=database.ping,
        timeout_seconds=settings.ready_timeout_seconds,
    )
    app = FastAPI(title="Crewline", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(RestFirst, api=rest)
    app.add_middleware(HttpPipeline)
    add_problems(app)
    for router in (
        media.routes.router(),
        uploads.router(),
        downloads.router(),
        statements.router(),
        papers.router(),
    ):
        app.include_router(router)
    # After the other routes of /v1: what is left of it is nowhere.
    app.mount("/v1", rest)
    app.include_router(OpenApi(rest.rules).router())
    app.include_router(docs_router(site.assets))
    app.include_router(health_router(readiness))
    app.include_router(webhooks.router())
    # What is no program's address is a page, or the page that says so.
    scraper = Scraper(metrics_urls=settings.metrics_urls, states=readiness.states)
    pages = consoles(
        site,
        uploads=uploads,
        downloads=downloads,
        statements=statements,
        papers=papers,
        media=media.routes,
        scraper=scraper,
        links=settings.operator_links(),
    )
    app.router.default = site_app(site, pages)
    server = HttpServer(
        app,
        host=settings.http_host,
        port=settings.http_port,
        stop_grace_seconds=settings.stop_grace_seconds,
    )
    lifecycle.ports["http"] = server.port
    lifecycle.add("http", start=server.start, run=server.run, stop=server.stop)
    # Open streams end before the server waits for what is in flight.
    lifecycle.add("live", stop=site.live.close)


def _limits(settings: GatewaySettings) -> Limits:
    return Limits(
        keys=Buckets(per_second=settings.requests_per_second, burst=settings.requests_burst),
        addresses=Buckets(
            per_second=settings.public_requests_per_second, burst=settings.public_requests_burst
        ),
        streams=StreamSlots(per_key_max=settings.streams_per_key_max),
    )


def _closing(database: MongoDatabase) -> Callable[[], Awaitable[None]]:
    async def close() -> None:
        database.close()

    return close
