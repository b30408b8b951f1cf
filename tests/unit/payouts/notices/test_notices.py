"""What organisations are told: signatures, tries, and where notices may go."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from services.payouts.domain.notices.notice_urls import WebhookUrlInvalid, check_url, is_public
from services.payouts.domain.notices.notices import (
    BACKOFF,
    ROTATION,
    Delivery,
    DeliveryState,
    Endpoint,
    Notice,
    NoticeType,
    Receipt,
    after_try,
    secret_of,
    signed_headers,
)

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
MASTER = bytes(32)
DELIVERY = Delivery(
    delivery_id="whe_1.n1",
    notice_id="n1",
    endpoint_id="whe_1",
    organisation_id="org_c",
    type=NoticeType.FUNDS_LOW,
    payload=b"{}",
    created_at=NOW,
)
ENDPOINT = Endpoint(
    endpoint_id="whe_1",
    organisation_id="org_c",
    url="https://example.com/hook",
    types=frozenset({NoticeType.FUNDS_LOW}),
    description="",
    created_at=NOW,
)


def test_the_example_of_the_specification_is_signed_as_it_says() -> None:
    """The vector of the Standard Webhooks reference libraries."""
    headers = signed_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        now=datetime.fromtimestamp(1614265330, UTC),
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-timestamp"] == "1614265330"


def test_a_replaced_secret_signs_beside_the_new_one_for_a_day() -> None:
    rotated = replace(ENDPOINT, secret_version=2, rotated_at=NOW)
    assert rotated.versions(NOW) == (2, 1)
    assert rotated.versions(NOW + ROTATION) == (2,)
    assert ENDPOINT.versions(NOW) == (1,)
    secrets = [secret_of("whe_1", version, master=MASTER) for version in (2, 1)]
    assert len({*secrets, secret_of("whe_2", 1, master=MASTER)}) == 3
    headers = signed_headers("n1", b"{}", secrets=secrets, now=NOW)
    told = f"n1.{int(NOW.timestamp())}.".encode() + b"{}"
    for secret, signature in zip(secrets, headers["webhook-signature"].split(" "), strict=True):
        key = base64.b64decode(secret.removeprefix("whsec_"))
        digest = base64.b64encode(hmac.new(key, told, sha256).digest()).decode()
        assert signature == f"v1,{digest}"


def test_tries_end_after_three_days() -> None:
    assert timedelta(days=2, hours=22) < sum(BACKOFF, timedelta()) < timedelta(days=3)
    failed = Receipt(status=500)
    for tries, pause in enumerate(BACKOFF):
        assert after_try(replace(DELIVERY, tries=tries), failed) == (DeliveryState.PENDING, pause)
    last = replace(DELIVERY, tries=len(BACKOFF))
    assert after_try(last, failed) == (DeliveryState.DEAD, None)
    assert after_try(last, Receipt(status=204)) == (DeliveryState.DELIVERED, None)


@pytest.mark.parametrize(
    ("receipt", "state"),
    [
        (Receipt(status=200), DeliveryState.DELIVERED),
        (Receipt(status=301), DeliveryState.PENDING),
        (Receipt(status=0, error="TimeoutError"), DeliveryState.PENDING),
        (Receipt(status=410), DeliveryState.DEAD),
    ],
)
def test_what_an_answer_means(receipt: Receipt, state: DeliveryState) -> None:
    assert after_try(DELIVERY, receipt)[0] is state


def test_a_notice_is_the_same_bytes_every_time() -> None:
    notice = Notice(
        notice_id="n1",
        organisation_id="org_c",
        type=NoticeType.FUNDS_LOW,
        at=NOW,
        data={"b": 1, "a": 2},
    )
    assert json.loads(notice.payload) == {
        "id": "n1",
        "type": "funds.low",
        "timestamp": "2026-11-28T12:00:00Z",
        "data": {"a": 2, "b": 1},
    }
    assert notice.payload == replace(notice, data={"a": 2, "b": 1}).payload
    assert ENDPOINT.wants(NoticeType.FUNDS_LOW)
    assert not ENDPOINT.wants(NoticeType.RESULTS_READY)
    assert replace(ENDPOINT, types=frozenset()).wants(NoticeType.RESULTS_READY)


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://example.com/hook", "https"),
        ("ftp://example.com/hook", "https"),
        ("https://", "host"),
        ("https://user:pw@example.com/", "userinfo"),
        ("https://example.com/#x", "fragment"),
        ("https://exämple.com/", "ascii"),
        ("https://example.com:99999/", "url"),
        ("https://[::1/", "url"),
        ("https://localhost/", "private"),
        ("https://mongo/", "private"),
        ("https://db.internal/", "private"),
        ("https://127.0.0.1/", "private"),
        ("https://10.1.2.3:8443/x", "private"),
        ("https://169.254.169.254/latest/meta-data", "private"),
        ("https://100.64.0.1/", "private"),
        ("https://0.0.0.0/", "private"),
        ("https://2130706433/", "private"),
        ("https://0x7f.1/", "private"),
        ("https://127.1/", "private"),
        ("https://[::1]/", "private"),
        ("https://[::ffff:10.0.0.1]/", "private"),
        ("https://[64:ff9b::a00:1]/", "private"),
        ("https://[2002:a00:1::]/", "private"),
        ("https://[fd00::1]/", "private"),
        ("https://[fec0::1]/", "private"),
        ("https://[3fff::1]/", "private"),
        ("https://example.com/" + "x" * 500, "length"),
    ],
)
def test_notices_go_nowhere_near_the_platform(url: str, rule: str) -> None:
    with pytest.raises(WebhookUrlInvalid) as refused:
        check_url(url, allow_private=False)
    assert (refused.value.metadata["field"], refused.value.metadata["rule"]) == ("url", rule)


@pytest.mark.parametrize(
    "url", ["https://example.com", "https://hooks.example.com:8443/a?b=c", "https://8.8.8.8/x"]
)
def test_notices_go_out_into_the_world(url: str) -> None:
    check_url(url, allow_private=False)


def test_a_machine_of_ones_own_is_allowed_by_settings() -> None:
    check_url("http://127.0.0.1:9000/hook", allow_private=True)
    with pytest.raises(WebhookUrlInvalid):
        check_url("file:///etc/passwd", allow_private=True)


@pytest.mark.parametrize(
    "text", ["", "example.com", "224.0.0.1", "fe80::1%eth0", "fec0::1", "::", "240.0.0.1"]
)
def test_what_is_no_public_address(text: str) -> None:
    assert not is_public(text)
    assert is_public("1.1.1.1")
    assert is_public("2606:4700:4700::1111")
