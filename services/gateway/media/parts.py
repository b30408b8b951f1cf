"""The parts of media, put together."""

from __future__ import annotations

import time
from dataclasses import dataclass

from services.chassis.clock import utc_now
from services.chassis.gridfs import FileStore
from services.chassis.ids import new_id
from services.chassis.loops import Loop
from services.chassis.mongo import MongoDatabase
from services.chassis.unit_of_work import Transactions
from services.gateway.identity import Identify
from services.gateway.media.library import MediaLibrary
from services.gateway.media.links import MediaLinks
from services.gateway.media.routes import MediaRoutes
from services.gateway.media.store import BUCKET, MediaStore

_SWEEP_PAUSE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """What the gateway has of it."""

    links: MediaLinks
    routes: MediaRoutes
    sweep: Loop
    """Removes what broken-off uploads left."""


def build_media(
    *,
    database: MongoDatabase,
    identify: Identify,
    signing_key: bytes,
    link_seconds: int,
    file_bytes_max: int,
    organisation_bytes_max: int,
) -> Media:
    """On the gateway's own database, whose collections are there."""
    files = FileStore(database=database, bucket=BUCKET)
    library = MediaLibrary(
        transactions=Transactions(database=database, clock=utc_now, new_id=new_id),
        store=MediaStore(database=database, files=files),
        files=files,
        clock=utc_now,
        new_id=new_id,
        organisation_bytes_max=organisation_bytes_max,
    )
    links = MediaLinks(key=signing_key, lifetime_seconds=link_seconds, now=time.time)
    return Media(
        links=links,
        routes=MediaRoutes(
            library=library, links=links, identify=identify, file_bytes_max=file_bytes_max
        ),
        sweep=Loop(name="media_sweep", turn=library.sweep, pause_seconds=_SWEEP_PAUSE_SECONDS),
    )
