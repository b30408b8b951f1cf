"""Files that pages load: our own and the packaged ones, under addresses that change with them.

An address holds the hash of the file's bytes, so that browsers may keep what they have for a
year and still get every new release at once. Files of a folder share one hash of all of them, in
the folder's place: they find each other by their plain names (import "./words.js"). A style sheet
names another file as `asset:<name>`. Of the packages, only what is listed here is served.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

_HERE = Path(__file__).parent
_OWN = _HERE / "static"
_PACKAGES = _HERE / "node_modules"
_HASH_LENGTH = 12
_YEAR = "public, max-age=31536000, immutable"
_GZIP_LEVEL = 6
_GZIP_FROM_BYTES = 1024
_REFERENCE = re.compile(rb"asset:([\w./-]+)")
_COMPRESSIBLE = ("text/", "application/json", "image/svg+xml")

# The name that pages use, and where it is in node_modules.
VENDOR: Mapping[str, str] = {
    "vendor/htmx.js": "htmx.org/dist/htmx.min.js",
    "vendor/chart.js": "chart.js/dist/chart.umd.min.js",
    "vendor/label-studio.js": "@heartexlabs/label-studio/build/static/js/main.js",
    "vendor/label-studio.css": "@heartexlabs/label-studio/build/static/css/main.css",
    "vendor/swagger-ui.js": "swagger-ui-dist/swagger-ui-bundle.js",
    "vendor/swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
}


class AssetMissing(RuntimeError):
    """A file that pages need is not there; the message says how to get it."""


@dataclass(slots=True)
class Asset:
    """One file, in memory."""

    name: str
    body: bytes
    media_type: str
    digest: str
    _packed: bytes | None = None
    # Of threads: whoever asks may have a loop of its own.
    _packing: threading.Lock = field(default_factory=threading.Lock)

    folder: str = ""
    """The one whose files share its digest, with the slash at its end."""

    @property
    def address(self) -> str:
        """Its path on this server."""
        if self.folder:
            inside = self.name.removeprefix(self.folder)
            return f"/static/{self.folder.rstrip('/')}.{self.digest}/{inside}"
        stem, dot, suffix = self.name.rpartition(".")
        return f"/static/{stem}.{self.digest}{dot}{suffix}"

    async def packed(self) -> bytes | None:
        """Compressed, once for all who ask; None where that is not worth it."""
        if len(self.body) < _GZIP_FROM_BYTES or not self.media_type.startswith(_COMPRESSIBLE):
            return None
        if self._packed is None:
            await asyncio.to_thread(self._pack)
        return self._packed

    def _pack(self) -> None:
        with self._packing:
            if self._packed is None:
                self._packed = gzip.compress(self.body, _GZIP_LEVEL, mtime=0)


@cache
def packaged_assets() -> Assets:
    """Those of this installation: they are the same for as long as the process lives.

    Errors: AssetMissing.
    """
    return Assets()


class Assets:
    """All of them, read at start."""

    def __init__(self, *, own: Path = _OWN, packages: Path = _PACKAGES) -> None:
        """Errors: AssetMissing."""
        self._by_name = {
            name: _asset(name, _read(packages / place)) for name, place in VENDOR.items()
        }
        for path in sorted(own.iterdir()):
            found = self._folder(path) if path.is_dir() else [_asset(path.name, self._own(path))]
            self._by_name |= {asset.name: asset for asset in found}
        self._by_address = {asset.address: asset for asset in self._by_name.values()}

    def address(self, name: str) -> str:
        """What a page writes for a file. Errors: KeyError."""
        return self._by_name[name].address

    def _own(self, path: Path) -> bytes:
        """With the addresses of the packaged files that a style sheet names. Errors: KeyError."""
        body = _read(path)
        if path.suffix != ".css":
            return body
        return _REFERENCE.sub(lambda found: self.address(found[1].decode()).encode(), body)

    def _folder(self, folder: Path) -> list[Asset]:
        bodies = {path.name: self._own(path) for path in sorted(folder.iterdir())}
        digest = _digest(b"".join(bodies.values()))
        return [
            Asset(
                name=f"{folder.name}/{name}",
                body=body,
                media_type=_media_type(name),
                digest=digest,
                folder=f"{folder.name}/",
            )
            for name, body in bodies.items()
        ]

    def router(self) -> APIRouter:
        """Serves them."""
        router = APIRouter()

        @router.get("/static/{path:path}")
        async def static(request: Request, path: str) -> Response:
            asset = self._by_address.get(f"/static/{path}")
            if asset is None:
                raise HTTPException(HTTPStatus.NOT_FOUND)
            return await _answer(request, asset)

        return router


async def _answer(request: Request, asset: Asset) -> Response:
    headers = {
        "Cache-Control": _YEAR,
        "ETag": f'"{asset.digest}"',
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    body = asset.body
    if "gzip" in request.headers.get("accept-encoding", ""):
        packed = await asset.packed()
        if packed is not None:
            body = packed
            headers["Content-Encoding"] = "gzip"
    return Response(body, media_type=asset.media_type, headers=headers)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise AssetMissing(
            f"{path} is missing: `make setup` (or `npm ci --ignore-scripts` beside package.json)"
            " fetches the packaged files that pages load"
        ) from None


def _asset(name: str, body: bytes) -> Asset:
    return Asset(name=name, body=body, media_type=_media_type(name), digest=_digest(body))


def _media_type(name: str) -> str:
    return mimetypes.types_map.get(Path(name).suffix, "application/octet-stream")


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:_HASH_LENGTH]
