"""What all pages of the sandbox's own have: the banner, and a plain look without scripts."""

from __future__ import annotations

from typing import Final

from aiohttp import web

_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 36rem }}
body {{ margin: 3rem auto; padding: 0 1rem }}
.banner {{ background: #fff3cd; border: 1px solid #b58900; padding: .75rem 1rem }}
button, input, select {{ font: inherit; padding: .4rem .8rem }}
.problem {{ border: 1px solid #b00020; padding: .75rem 1rem }}
</style></head><body>
<p class="banner" role="note"><strong>Sandbox.</strong> This is a stand-in for Stripe, for
development and tests only. No money moves and nothing here reaches Stripe.</p>
{body}
</body></html>
"""


def page(*, title: str, body: str) -> str:
    """Return a whole page; `body` is HTML, its texts escaped already."""
    return _PAGE.format(title=title, body=body)


def html(text: str, *, status: int = 200) -> web.Response:
    """Return a page as the answer to a browser."""
    return web.Response(text=text, content_type="text/html", status=status)
