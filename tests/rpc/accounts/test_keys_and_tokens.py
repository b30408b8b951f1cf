"""Keys: made, exchanged, rotated, revoked; tokens: what they say and who can verify them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import grpc
import jwt
import pytest

from crewline.accounts.v1 import service_pb2 as pb
from services.accounts.domain.organisations import ContractorFact
from services.accounts.usecases.bootstrap import BootstrapKeyChanged
from services.chassis.authentication import TokenVerifier
from services.chassis.clock import utc_now
from services.chassis.key_set import fetch_keys_from
from tests.rpc.accounts.served import OPERATOR_KEY, Accounts, new_request_id, start
from tests.rpc.harness import PLATFORM_ID, RpcHarness, refusal
from tests.waiting import eventually

SHAPED = "ck_nobody_" + "x" * 40


async def _batch(
    accounts: Accounts, people: list[str], *, token: str
) -> pb.BatchCreateApiKeysResponse:
    answer: pb.BatchCreateApiKeysResponse = await accounts.send(
        accounts.stub.BatchCreateApiKeys,
        pb.BatchCreateApiKeysRequest(
            request_id=new_request_id(), keys=[pb.NewApiKey(person_id=person) for person in people]
        ),
        token=token,
    )
    return answer


async def test_the_first_operator_signs_in_with_the_bootstrap_key(accounts: Accounts) -> None:
    answer = await accounts.send(
        accounts.stub.ExchangeApiKey, pb.ExchangeApiKeyRequest(secret=OPERATOR_KEY)
    )
    claims = jwt.decode(answer.access_token, options={"verify_signature": False})
    assert claims["iss"] == "crewline-accounts"
    assert (claims["org"], claims["org_kind"]) == (PLATFORM_ID, "platform")
    assert claims["roles"] == ["OPERATOR"]
    assert claims["sub"] == answer.subject_id
    assert claims["exp"] - claims["iat"] == 900
    assert abs(claims["iat"] - time.time()) < 60
    assert answer.expire_time.seconds == claims["exp"]


async def test_a_second_start_changes_nothing_and_old_tokens_stay_good(rpc: RpcHarness) -> None:
    first = await start(rpc)
    token = await first.sign_in(OPERATOR_KEY)
    before = await rpc.contents()
    second = await start(rpc)
    assert await rpc.contents() == before
    await second.send(second.stub.ListOrganisations, pb.ListOrganisationsRequest(), token=token)


async def test_side_by_side_first_starts_make_one_of_each(rpc: RpcHarness) -> None:
    started = await asyncio.gather(*(start(rpc) for _ in range(4)))
    contents = await rpc.contents()
    for name in ("organisations", "people", "api_keys", "signing_keys"):
        assert len(contents[name]) == 1, name
    token = await started[0].sign_in(OPERATOR_KEY)
    for accounts in started:
        await accounts.send(accounts.stub.ListPeople, pb.ListPeopleRequest(), token=token)


async def test_a_new_bootstrap_key_is_added_and_a_changed_secret_is_refused(
    rpc: RpcHarness,
) -> None:
    await start(rpc)
    another = "ck_second_" + "p" * 40
    accounts = await start(rpc, bootstrap_operator_key=another)
    assert await accounts.sign_in(another)
    assert await accounts.sign_in(OPERATOR_KEY)
    with pytest.raises(BootstrapKeyChanged):
        await start(rpc, bootstrap_operator_key="ck_operator_" + "q" * 40)


async def test_others_verify_tokens_with_the_published_key_set(accounts: Accounts) -> None:
    service = pb.DESCRIPTOR.services_by_name["AccountsService"].full_name
    channel = await accounts.rpc.serve(accounts.parts.register, service_name=service)
    verifier = TokenVerifier(fetch_keys=fetch_keys_from(channel))
    made = await accounts.register(kind="VENDOR")
    principal = await verifier.verify(await accounts.sign_in(made.secret))
    assert principal.subject_id == made.person.person_id
    assert principal.organisation_id == made.organisation.organisation_id
    assert principal.organisation_kind == "vendor"
    assert principal.roles == {"VENDOR"}


@pytest.mark.parametrize(
    "secret", [SHAPED, "nonsense", "ck_operator_" + "x" * 40, OPERATOR_KEY + "o", "ck_a_b"]
)
async def test_a_wrong_key_is_refused_without_a_word_on_why(
    accounts: Accounts, secret: str
) -> None:
    refused = await refusal(accounts.stub.ExchangeApiKey, pb.ExchangeApiKeyRequest(secret=secret))
    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAUTHENTICATED, "API_KEY_INVALID")
    assert refused.message == "the API key is not one that works"
    assert refused.metadata == {}


async def test_failures_are_limited_and_successes_are_not(rpc: RpcHarness) -> None:
    accounts = await start(rpc, failed_exchange_burst=3, failed_exchanges_per_minute=0.001)
    for _ in range(10):
        await accounts.sign_in(OPERATOR_KEY)
    wrong = pb.ExchangeApiKeyRequest(secret=SHAPED)
    reasons = [(await refusal(accounts.stub.ExchangeApiKey, wrong)).reason for _ in range(4)]
    assert reasons == ["API_KEY_INVALID"] * 3 + ["RATE_LIMITED"]
    right = pb.ExchangeApiKeyRequest(secret=OPERATOR_KEY)
    refused = await refusal(accounts.stub.ExchangeApiKey, right)
    assert refused.code == grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_vendor_makes_keys_for_its_own_contractors_only(accounts: Accounts) -> None:
    vendor, other = await accounts.register(kind="VENDOR"), await accounts.register(kind="VENDOR")
    token = await accounts.sign_in(vendor.secret)
    mine = await accounts.contractors(vendor.organisation.organisation_id, 2)
    foreign = await accounts.contractors(other.organisation.organisation_id, 1)
    answer = await _batch(accounts, [mine[0], foreign[0], "ctr_none", mine[1]], token=token)
    assert [result.error.reason for result in answer.results] == [
        "", "PERSON_NOT_FOUND", "PERSON_NOT_FOUND", "",
    ]  # fmt: skip
    assert answer.results[1].error.field == "keys[1].person_id"
    assert answer.results[1].secret == ""
    for result, contractor_id in ((answer.results[0], mine[0]), (answer.results[3], mine[1])):
        claims = jwt.decode(
            await accounts.sign_in(result.secret), options={"verify_signature": False}
        )
        assert (claims["sub"], claims["org_kind"]) == (contractor_id, "vendor")
        assert claims["org"] == vendor.organisation.organisation_id
        assert claims["roles"] == ["CONTRACTOR"]


async def test_operators_make_keys_for_direct_contractors(accounts: Accounts) -> None:
    operator = await accounts.sign_in(OPERATOR_KEY)
    direct = await accounts.contractors(PLATFORM_ID, 1)
    answer = await _batch(accounts, direct, token=operator)
    claims = jwt.decode(
        await accounts.sign_in(answer.results[0].secret), options={"verify_signature": False}
    )
    assert (claims["org"], claims["org_kind"]) == (PLATFORM_ID, "platform")
    assert claims["roles"] == ["CONTRACTOR"]


async def test_facts_about_contractors_come_twice_and_in_any_order(accounts: Accounts) -> None:
    def fact(version: int, organisation_id: str) -> ContractorFact:
        return ContractorFact(
            contractor_id="ctr_1", organisation_id=organisation_id, version=version
        )

    await accounts.parts.mirror.apply([])
    await accounts.parts.mirror.apply([fact(2, "org_b"), fact(1, "org_a")])
    await accounts.parts.mirror.apply([fact(1, "org_a")])
    await accounts.parts.mirror.apply([fact(2, "org_x")])
    people = {p["_id"]: p for p in (await accounts.rpc.contents())["people"]}
    assert people["ctr_1"]["organisation_id"] == "org_b"
    await accounts.parts.mirror.apply([fact(3, "org_c")])
    people = {p["_id"]: p for p in (await accounts.rpc.contents())["people"]}
    assert people["ctr_1"]["organisation_id"] == "org_c"
    assert people["ctr_1"]["contractor_version"] == 3


async def _rotate(
    accounts: Accounts, api_key_id: str, *, token: str, overlap_seconds: int
) -> pb.RotateApiKeyResponse:
    answer: pb.RotateApiKeyResponse = await accounts.send(
        accounts.stub.RotateApiKey,
        pb.RotateApiKeyRequest(
            request_id=new_request_id(), api_key_id=api_key_id, overlap_seconds=overlap_seconds
        ),
        token=token,
    )
    return answer


async def test_rotation_with_overlap_and_without(accounts: Accounts) -> None:
    made = await accounts.register()
    token = await accounts.sign_in(made.secret)
    second = await _rotate(accounts, made.api_key.api_key_id, token=token, overlap_seconds=600)
    assert await accounts.sign_in(second.secret)
    assert await accounts.sign_in(made.secret), "the old key works for the overlap"
    third = await _rotate(accounts, second.api_key.api_key_id, token=token, overlap_seconds=0)
    assert await accounts.sign_in(third.secret)
    old = pb.ExchangeApiKeyRequest(secret=second.secret)
    assert (await refusal(accounts.stub.ExchangeApiKey, old)).reason == "API_KEY_INVALID"
    listed = await accounts.send(accounts.stub.ListApiKeys, pb.ListApiKeysRequest(), token=token)
    ends = {key.api_key_id: key.HasField("expire_time") for key in listed.api_keys}
    assert ends == {
        made.api_key.api_key_id: True,
        second.api_key.api_key_id: True,
        third.api_key.api_key_id: False,
    }
    refused = await refusal(
        accounts.stub.RotateApiKey,
        pb.RotateApiKeyRequest(request_id=new_request_id(), api_key_id=second.api_key.api_key_id),
        token=token,
    )
    assert refused.code == grpc.StatusCode.FAILED_PRECONDITION
    assert refused.reason == "API_KEY_REVOKED"


async def test_the_overlap_ends_by_itself(rpc: RpcHarness) -> None:
    accounts = await start(rpc, failed_exchange_burst=10_000)
    made = await accounts.register()
    token = await accounts.sign_in(made.secret)
    await _rotate(accounts, made.api_key.api_key_id, token=token, overlap_seconds=1)
    rotated_at = utc_now()

    async def refused() -> bool:
        answer = await asyncio.gather(accounts.sign_in(made.secret), return_exceptions=True)
        return isinstance(answer[0], Exception)

    await eventually(refused, what="the old key refused", timeout_seconds=10)
    assert 0.5 < (utc_now() - rotated_at).total_seconds() < 5


async def test_revoked_is_final(accounts: Accounts) -> None:
    made = await accounts.register()
    token = await accounts.sign_in(made.secret)
    api_key_id = made.api_key.api_key_id

    async def revoke() -> Any:
        return await accounts.send(
            accounts.stub.RevokeApiKey,
            pb.RevokeApiKeyRequest(request_id=new_request_id(), api_key_id=api_key_id),
            token=token,
        )

    first = await revoke()
    assert first.api_key.HasField("revoke_time")
    again = await revoke()
    assert again.api_key == first.api_key, "a second revocation moves nothing"
    exchange = pb.ExchangeApiKeyRequest(secret=made.secret)
    assert (await refusal(accounts.stub.ExchangeApiKey, exchange)).reason == "API_KEY_INVALID"
    rotate = pb.RotateApiKeyRequest(request_id=new_request_id(), api_key_id=api_key_id)
    refused = await refusal(accounts.stub.RotateApiKey, rotate, token=token)
    assert refused.reason == "API_KEY_REVOKED"


async def test_others_keys_are_not_found(accounts: Accounts) -> None:
    mine, other = await accounts.register(), await accounts.register()
    token = await accounts.sign_in(mine.secret)
    before = await accounts.rpc.contents()
    for api_key_id in (other.api_key.api_key_id, "key_none"):
        for method, request in (
            (accounts.stub.RotateApiKey, pb.RotateApiKeyRequest),
            (accounts.stub.RevokeApiKey, pb.RevokeApiKeyRequest),
        ):
            refused = await refusal(
                method, request(request_id=new_request_id(), api_key_id=api_key_id), token=token
            )
            assert refused.code == grpc.StatusCode.NOT_FOUND
            assert refused.reason == "API_KEY_NOT_FOUND"
    assert await accounts.rpc.contents() == before


async def test_operators_end_anybodys_key_but_take_over_nobodys(accounts: Accounts) -> None:
    made = await accounts.register()
    operator = await accounts.sign_in(OPERATOR_KEY)
    api_key_id = made.api_key.api_key_id
    rotate = pb.RotateApiKeyRequest(request_id=new_request_id(), api_key_id=api_key_id)
    refused = await refusal(accounts.stub.RotateApiKey, rotate, token=operator)
    assert refused.reason == "API_KEY_NOT_FOUND"
    await accounts.send(
        accounts.stub.RevokeApiKey,
        pb.RevokeApiKeyRequest(request_id=new_request_id(), api_key_id=api_key_id),
        token=operator,
    )
    exchange = pb.ExchangeApiKeyRequest(secret=made.secret)
    assert (await refusal(accounts.stub.ExchangeApiKey, exchange)).reason == "API_KEY_INVALID"


async def test_a_thousand_contractors_sign_in_at_once(accounts: Accounts) -> None:
    vendor = await accounts.register(kind="VENDOR")
    token = await accounts.sign_in(vendor.secret)
    people = await accounts.contractors(vendor.organisation.organisation_id, 1000)
    secrets: list[str] = []
    for start_at in (0, 500):
        answer = await _batch(accounts, people[start_at : start_at + 500], token=token)
        secrets += [result.secret for result in answer.results]
    started = time.monotonic()
    tokens = await asyncio.gather(*(accounts.sign_in(secret) for secret in secrets))
    seconds = time.monotonic() - started
    print(f"1,000 exchanges in {seconds:.2f} s")
    assert len(set(tokens)) == 1000
    assert seconds < 15
