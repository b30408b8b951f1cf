"""Attempts are limited by address and by account; addresses are told by trusted proxies alone."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest
from prometheus_client import REGISTRY

from crewline.accounts.v1 import service_pb2 as pb
from services.chassis.grpc_client import FORWARDED_FOR
from tests.rpc.accounts.served import (
    OPERATOR_KEY,
    PASSWORD,
    Accounts,
    MovingClock,
    acceptance,
    registration,
    start,
)
from tests.rpc.harness import TIMEOUT_SECONDS, RpcHarness, refusal_of

EMAIL = "ada@example.com"
LITTLE = 0.001


async def _reason(method: Any, request: Any, *, address: str = "") -> str:
    """Why the call is refused; "" where it is not."""
    metadata = ((FORWARDED_FOR, address),) if address else ()
    try:
        await method(request, timeout=TIMEOUT_SECONDS, metadata=metadata)
    except grpc.aio.AioRpcError as err:
        return refusal_of(err).reason
    return ""


def _sign_in(email: str = EMAIL, password: str = PASSWORD) -> pb.SignInRequest:
    return pb.SignInRequest(email=email, password=password)


async def test_an_accounts_failures_are_limited_from_everywhere_and_recover(
    rpc: RpcHarness, clock: MovingClock
) -> None:
    accounts = await start(
        rpc,
        monotonic=clock.monotonic,
        failed_sign_in_burst_per_account=3,
        failed_sign_ins_per_account_per_minute=1,
    )
    await accounts.register(email=EMAIL, password=PASSWORD)
    sign_in = accounts.stub.SignIn
    wrong = _sign_in(password="wrong")
    reasons = [await _reason(sign_in, wrong, address=f"10.0.0.{n}") for n in range(4)]
    assert reasons == ["SIGN_IN_REFUSED"] * 3 + ["RATE_LIMITED"]
    assert await _reason(sign_in, _sign_in(), address="10.0.0.9") == "RATE_LIMITED"
    # Case does not make another account of it.
    assert await _reason(sign_in, _sign_in("ADA@example.com"), address="10.0.0.9") == "RATE_LIMITED"
    clock.move(seconds=60)
    assert await _reason(sign_in, _sign_in(), address="10.0.0.9") == ""
    # Where its owner has been, strangers do not spend the attempts.
    while await _reason(sign_in, wrong, address="10.0.0.1") != "RATE_LIMITED":
        pass
    assert await _reason(sign_in, _sign_in(), address="10.0.0.9") == ""


async def test_unknown_accounts_are_limited_like_known_ones(rpc: RpcHarness) -> None:
    accounts = await start(
        rpc,
        failed_sign_in_burst_per_account=2,
        failed_sign_ins_per_account_per_minute=LITTLE,
    )
    wrong = _sign_in("nobody@example.com")
    reasons = [await _reason(accounts.stub.SignIn, wrong) for _ in range(3)]
    assert reasons == ["SIGN_IN_REFUSED"] * 2 + ["RATE_LIMITED"]


async def test_an_address_is_limited_whatever_it_tries(rpc: RpcHarness) -> None:
    accounts = await start(
        rpc,
        failed_sign_in_burst_per_address=3,
        failed_sign_ins_per_address_per_minute=LITTLE,
    )
    await accounts.register(email=EMAIL, password=PASSWORD)
    sign_in = accounts.stub.SignIn
    for _ in range(5):
        assert await _reason(sign_in, _sign_in(), address="10.1.1.1") == ""
    reasons = [
        await _reason(sign_in, _sign_in(f"{n}@example.com"), address="10.1.1.1") for n in range(4)
    ]
    assert reasons == ["SIGN_IN_REFUSED"] * 3 + ["RATE_LIMITED"]
    assert await _reason(sign_in, _sign_in(), address="10.1.1.1") == "RATE_LIMITED"
    assert await _reason(sign_in, _sign_in(), address="10.2.2.2") == ""


async def test_many_at_once_are_no_more_than_one_after_the_other(rpc: RpcHarness) -> None:
    accounts = await start(
        rpc,
        failed_sign_in_burst_per_account=3,
        failed_sign_ins_per_account_per_minute=LITTLE,
    )
    await accounts.register(email=EMAIL, password=PASSWORD)
    wrong = _sign_in(password="wrong")
    reasons = await asyncio.gather(*(_reason(accounts.stub.SignIn, wrong) for _ in range(30)))
    assert sorted(set(reasons)) == ["RATE_LIMITED", "SIGN_IN_REFUSED"]
    assert reasons.count("SIGN_IN_REFUSED") == 3


def _guesses(accounts: Accounts) -> dict[str, tuple[Any, Any, str]]:
    stub = accounts.stub
    return {
        "ExchangeApiKey": (
            stub.ExchangeApiKey,
            pb.ExchangeApiKeyRequest(secret="ck_x_" + "x" * 40),
            "API_KEY_INVALID",
        ),
        "RefreshSession": (
            stub.RefreshSession,
            pb.RefreshSessionRequest(session_secret="cs_x_" + "x" * 40),
            "SESSION_ENDED",
        ),
        "LookUpInvitation": (
            stub.LookUpInvitation,
            pb.LookUpInvitationRequest(secret="ci_x_" + "x" * 40),
            "INVITATION_INVALID",
        ),
        "AcceptInvitation": (
            stub.AcceptInvitation,
            acceptance("ci_x_" + "x" * 40, email=EMAIL),
            "INVITATION_INVALID",
        ),
    }


@pytest.mark.parametrize(
    "method", ["ExchangeApiKey", "RefreshSession", "LookUpInvitation", "AcceptInvitation"]
)
async def test_guessed_secrets_are_limited_by_address(rpc: RpcHarness, method: str) -> None:
    accounts = await start(rpc, failed_exchange_burst=2, failed_exchanges_per_minute=LITTLE)
    call, request, reason = _guesses(accounts)[method]
    reasons = [await _reason(call, request, address="10.1.1.1") for _ in range(3)]
    assert reasons == [reason] * 2 + ["RATE_LIMITED"]
    assert await _reason(call, request, address="10.2.2.2") == reason
    key = pb.ExchangeApiKeyRequest(secret=OPERATOR_KEY)
    spent = "RATE_LIMITED" if method == "ExchangeApiKey" else ""
    assert await _reason(accounts.stub.ExchangeApiKey, key, address="10.1.1.1") == spent


async def test_registrations_are_counted_by_whom_the_gateway_speaks_for(rpc: RpcHarness) -> None:
    accounts = await start(rpc, registration_burst=2, registrations_per_minute=LITTLE)
    register = accounts.stub.RegisterOrganisation

    async def reason(address: str, domain: str) -> str:
        return await _reason(register, registration(email=f"a@{domain}.example"), address=address)

    assert [await reason("10.1.1.1", f"d{n}") for n in range(3)] == ["", "", "RATE_LIMITED"]
    assert await reason("10.2.2.2", "d9") == ""


async def test_nobody_but_a_trusted_proxy_says_where_a_call_comes_from(rpc: RpcHarness) -> None:
    accounts = await start(
        rpc,
        trusted_proxy_networks=("10.0.0.0/8",),
        failed_exchange_burst=2,
        failed_exchanges_per_minute=LITTLE,
    )
    request = pb.ExchangeApiKeyRequest(secret="ck_x_" + "x" * 40)
    reasons = [
        await _reason(accounts.stub.ExchangeApiKey, request, address=f"10.1.1.{n}")
        for n in range(3)
    ]
    assert reasons == ["API_KEY_INVALID"] * 2 + ["RATE_LIMITED"]


async def test_outcomes_are_counted(rpc: RpcHarness) -> None:
    def counted(outcome: str) -> float:
        labels = {"outcome": outcome}
        return REGISTRY.get_sample_value("crewline_sign_ins_total", labels) or 0.0

    accounts = await start(
        rpc,
        failed_sign_in_burst_per_account=1,
        failed_sign_ins_per_account_per_minute=LITTLE,
    )
    await accounts.register(email=EMAIL, password=PASSWORD)
    outcomes = ("signed_in", "wrong", "unknown", "limited")
    before = {outcome: counted(outcome) for outcome in outcomes}
    for request in (
        _sign_in(),
        _sign_in(),
        _sign_in(password="wrong"),
        _sign_in(password="wrong"),
        _sign_in("nobody@example.com"),
    ):
        await _reason(accounts.stub.SignIn, request)
    grown = {outcome: counted(outcome) - before[outcome] for outcome in outcomes}
    assert grown == {"signed_in": 2, "wrong": 1, "limited": 1, "unknown": 1}
