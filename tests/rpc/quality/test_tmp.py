from tests.rpc.quality.served import *


async def test_garbage(quality):
    for raw in (b"\xff\xff\xff", b"\x0a\x02\xff\xfe", b"\x0a\x50ab"):
        for token in ("", quality.client):
            m = quality.channel.unary_unary(
                "/crewline.quality.v1.QualityService/GetConsensus",
                request_serializer=None,
                response_deserializer=None,
            )
            try:
                await m(raw, metadata=(("authorization", "Bearer " + token),) if token else ())
            except grpc.aio.AioRpcError as e:
                print(e.code(), e.details())
    m = quality.channel.unary_unary(
        "/crewline.quality.v1.QualityService/GetConsensus",
        request_serializer=None,
        response_deserializer=None,
    )
    try:
        await m(b"x" * (5 << 20), metadata=(("authorization", "Bearer " + quality.client),))
    except grpc.aio.AioRpcError as e:
        print(e.code(), e.details())
    m = quality.channel.unary_unary(
        "/crewline.quality.v1.QualityService/Nope",
        request_serializer=None,
        response_deserializer=None,
    )
    try:
        await m(b"", metadata=(("authorization", "Bearer " + quality.client),))
    except grpc.aio.AioRpcError as e:
        print(e.code(), e.details())
    assert 0
