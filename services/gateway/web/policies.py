"""What browsers are told to refuse: one content policy for all pages, widened only by name."""

from __future__ import annotations

from collections.abc import Mapping

ContentPolicy = Mapping[str, str]

# Nothing inline, nothing evaluated, nothing from elsewhere.
STRICT: ContentPolicy = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}

# What a task shows may be on the client's own host.
MEDIA: ContentPolicy = {
    **STRICT,
    "img-src": "'self' data: blob: https:",
    "media-src": "'self' blob: https:",
}

# The Label Studio editor writes style attributes and <style> elements, and fetches the bytes of a
# recording to draw its waveform. It needs no eval: its one fallback to it is never reached.
EDITOR: ContentPolicy = {
    **MEDIA,
    "style-src": "'self' 'unsafe-inline'",
    "connect-src": "'self' https:",
}

ALWAYS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def page_headers(policy: ContentPolicy) -> dict[str, str]:
    """Of one page: what it may load, and that nobody on the way keeps it."""
    text = "; ".join(f"{name} {sources}" for name, sources in policy.items())
    return {**ALWAYS, "Content-Security-Policy": text, "Cache-Control": "no-store"}
