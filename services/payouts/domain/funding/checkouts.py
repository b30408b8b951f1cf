"""A payment that its payer makes on the rail's own page: how long, where, and where then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from services.chassis.errors import DomainError, Kind

# Stripe takes from half an hour to a day. Long enough to find the card; and a page that nobody
# will open again is not waited for until tomorrow.
PAGE_LIFE: Final = timedelta(hours=2)


class ReturnUrlInvalid(DomainError):
    """The payer would be sent to an address that is none."""

    kind, reason = Kind.INVALID, "RETURN_URL_INVALID"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedPage:
    """A payment page as the rail shows it; `url` only while somebody can pay there."""

    session_id: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """What was asked for, and the page that the rail has made of it.

    `expires_at` is said when it is asked for, so that asking again asks for the same.
    """

    return_url: str
    cancel_url: str
    expires_at: datetime
    session_id: str = ""
    url: str = ""

    def seen(self, page: HostedPage | None, *, is_open: bool) -> Checkout:
        """Take note of the rail's page, which is nobody's any more once the payment is over.

        A page of another session than the one that is known is not the payer's.
        """
        session_id, url = self.session_id, self.url
        if page is not None and session_id in ("", page.session_id):
            session_id, url = page.session_id, page.url
        return replace(self, session_id=session_id, url=url if is_open else "")


def ordered(payment_id: str, *, return_url: str, cancel_url: str, now: datetime) -> Checkout:
    """One that is to be asked for; both addresses get the payment's id in their query.

    Errors: ReturnUrlInvalid.
    """
    return Checkout(
        return_url=_naming(payment_id, return_url, field="return_url"),
        cancel_url=_naming(payment_id, cancel_url or return_url, field="cancel_url"),
        expires_at=now + PAGE_LIFE,
    )


def _naming(payment_id: str, url: str, *, field: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as err:
        raise ReturnUrlInvalid("that is no address", field=field) from err
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ReturnUrlInvalid("name a whole address, with http or https", field=field)
    query = "&".join(part for part in (parts.query, urlencode({"payment_id": payment_id})) if part)
    return urlunsplit(parts._replace(query=query))
