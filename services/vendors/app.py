"""The composition root of vendors."""

from __future__ import annotations

from dataclasses import dataclass

import grpc

from crewline.payouts.v1.events_pb2 import ContractorErasureCleared
from crewline.vendors.v1 import service_pb2, service_pb2_grpc
from services.chassis.assembly import Assembly
from services.chassis.lifecycle import Lifecycle, run_service
from services.chassis.mongo import MongoDatabase
from services.chassis.regions import RegionCodes
from services.chassis.settings import load_settings
from services.chassis.unit_of_work import Transactions
from services.vendors.consumers import ERASURE_CLEARED, contractor_erasure_cleared
from services.vendors.servicer import VendorsServicer
from services.vendors.settings import VendorsSettings
from services.vendors.store import COLLECTIONS, VendorsStore
from services.vendors.usecases.contractors import Contractors
from services.vendors.usecases.erasures import Erasures
from services.vendors.usecases.vendors import Vendors

NAME = "vendors"
SERVICE_NAME = service_pb2.DESCRIPTOR.services_by_name["VendorsService"].full_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The service but for its connections and its server."""

    servicer: VendorsServicer
    erasures: Erasures

    def register(self, server: grpc.aio.Server) -> None:
        """Adds the RPCs to a server."""
        service_pb2_grpc.add_VendorsServiceServicer_to_server(self.servicer, server)


def main() -> None:
    """Runs the service until SIGTERM."""
    settings = load_settings(VendorsSettings)

    async def build_service(lifecycle: Lifecycle) -> None:
        await build(lifecycle, settings)

    run_service(NAME, settings, build_service)


async def build(lifecycle: Lifecycle, settings: VendorsSettings) -> None:
    """Connects, composes, and adds what runs to the lifecycle."""
    base = await Assembly.connect(
        name=NAME, settings=settings, lifecycle=lifecycle, collections=COLLECTIONS
    )
    parts = compose(
        database=base.database,
        transactions=base.transactions,
        region_codes=settings.region_codes,
    )
    base.consume(
        ERASURE_CLEARED, ContractorErasureCleared, contractor_erasure_cleared(parts.erasures)
    )
    base.serve(parts.register, service_name=SERVICE_NAME, verifier=base.verifier())


def compose(
    *, database: MongoDatabase, transactions: Transactions, region_codes: RegionCodes
) -> Parts:
    """Puts the parts together."""
    store = VendorsStore(database=database)
    erasures = Erasures(store=store, transactions=transactions)
    return Parts(
        erasures=erasures,
        servicer=VendorsServicer(
            transactions=transactions,
            vendors=Vendors(store=store),
            contractors=Contractors(
                store=store, transactions=transactions, region_codes=region_codes
            ),
            erasures=erasures,
        ),
    )
