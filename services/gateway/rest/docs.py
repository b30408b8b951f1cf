"""/docs: the document as pages to read and to try, by Swagger UI from packaged files."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from services.gateway.web.assets import Assets
from services.gateway.web.policies import STRICT, page_headers

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Crewline API</title>
<link rel="icon" href="{icon}">
<link rel="stylesheet" href="{style}">
</head>
<body>
<noscript>These pages need JavaScript; the document itself is at /openapi.json.</noscript>
<main id="api"></main>
<script src="{library}"></script>
<script src="{start}"></script>
</body>
</html>
"""


def docs_router(assets: Assets) -> APIRouter:
    """The page. It asks nothing of any other host, and runs nothing but its own three files."""
    router = APIRouter()
    page = _PAGE.format(
        icon=assets.address("mark.svg"),
        style=assets.address("vendor/swagger-ui.css"),
        library=assets.address("vendor/swagger-ui.js"),
        start=assets.address("api-docs.js"),
    )
    headers = {**page_headers(STRICT), "Cache-Control": "no-cache"}

    @router.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(page, headers=headers)

    return router
