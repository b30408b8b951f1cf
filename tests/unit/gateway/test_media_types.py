"""A file is what its bytes say, whatever its sender says."""

from __future__ import annotations

import base64
import io
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.errors import DomainError
from services.gateway.media.types import Sniffer

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def ftyp(brand: bytes, *more: bytes) -> bytes:
    body = b"ftyp" + brand + b"\x00\x00\x02\x00" + b"".join(more)
    return (len(body) + 4).to_bytes(4, "big") + body + b"\x00\x00\x00\x08mdat" * 20


def wav() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\x00\x01" * 100)
    return file.getvalue()


BYTES = {
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 50,
    "image/png": PNG,
    "image/gif": GIF,
    "image/webp": b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"\x00" * 30,
    "image/avif": ftyp(b"mif1", b"mif1", b"avif"),
    "image/heic": ftyp(b"heic", b"mif1"),
    "image/bmp": b"BM" + (70).to_bytes(4, "little") + bytes(4) + b"\x36\x00\x00\x00"
    + (40).to_bytes(4, "little") + bytes(40),
    "image/tiff": b"II*\x00\x08\x00\x00\x00",
    "application/pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "audio/mpeg": b"\xff\xfb\x90\x64" + bytes(100),
    "audio/wav": wav(),
    "audio/ogg": b"OggS\x00\x02" + bytes(22) + b"\x01\x13OpusHead",
    "video/ogg": b"OggS\x00\x02" + bytes(22) + b"\x01\x2a\x80theora",
    "audio/flac": b"fLaC\x00\x00\x00\x22",
    "audio/mp4": ftyp(b"M4A ", b"isom"),
    "video/mp4": ftyp(b"isom", b"iso2", b"avc1"),
    "video/quicktime": ftyp(b"qt  "),
    "video/webm": b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(50),
    "text/plain": "Grüße, 世界\n".encode(),
}  # fmt: skip


def sniff(data: bytes, *, stated: str = "", filename: str = "", piece: int = 0) -> str:
    sniffer = Sniffer(stated=stated, filename=filename)
    for at in range(0, len(data), piece or len(data) or 1):
        sniffer.feed(data[at : at + (piece or len(data))])
    return sniffer.finish()


def refused(data: bytes, **given: str) -> str:
    with pytest.raises(DomainError) as err:
        sniff(data, **given)  # type: ignore[arg-type]
    return err.value.reason


@pytest.mark.parametrize("kind", BYTES)
def test_each_type_is_known_by_its_bytes_in_pieces_of_any_size(kind: str) -> None:
    for piece in (0, 1, 7):
        assert sniff(BYTES[kind], piece=piece) == kind
        assert sniff(BYTES[kind], stated=kind, piece=piece) == kind
        assert sniff(BYTES[kind], stated="application/octet-stream") == kind


@pytest.mark.parametrize("kind", BYTES)
def test_another_type_than_the_bytes_have_may_not_be_stated(kind: str) -> None:
    other = "image/gif" if kind != "image/gif" else "image/png"
    assert refused(BYTES[kind], stated=other) == "MEDIA_TYPE_WRONG"
    assert refused(BYTES[kind], stated="text/html") == "MEDIA_TYPE_WRONG"


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"  \n<HTML>",
        b"\xef\xbb\xbf<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<?xml version='1.0'?><svg/>",
        b"<script>x</script>",
    ],
)
def test_what_can_run_script_is_refused(data: bytes) -> None:
    for stated in ("", "text/plain", "image/svg+xml"):
        assert refused(data, stated=stated) == "MEDIA_TYPE_REFUSED"


@pytest.mark.parametrize(
    "data",
    [
        b"MZ\x90\x00\x03\x00",  # a Windows program
        b"\x7fELF\x02\x01\x01\x00",
        b"PK\x03\x04\x14\x00",
        b"\xff\xf1\x50\x80" + bytes(60),  # AAC frames: not of layer III
        b"plain at first" * 200 + b"\x00 and then not",
        b"ends within a letter: \xe4\xb8",
        "UTF-16".encode("utf-16"),
        ftyp(b"zzzz"),
        b"RIFF\x24\x00\x00\x00AVI ",
    ],
)
def test_what_is_none_of_them_is_refused(data: bytes) -> None:
    assert refused(data) == "MEDIA_TYPE_UNKNOWN"


def test_nothing_is_refused() -> None:
    assert refused(b"") == "MEDIA_EMPTY"


def test_text_is_of_the_kind_that_its_sender_or_its_name_says() -> None:
    table = b"a,b\n1,2\n"
    assert sniff(table) == "text/plain"
    assert sniff(table, stated="text/csv; charset=utf-8") == "text/csv"
    assert sniff(table, filename="Rows.CSV") == "text/csv"
    assert sniff(b"{}", filename="x.json") == "application/json"
    # A text that begins like a picture's name for itself is text all the same.
    assert sniff(b"BMW is a car. " * 3) == "text/plain"


@given(st.binary(max_size=2000), st.integers(min_value=1, max_value=1500))
def test_pieces_make_no_difference(data: bytes, piece: int) -> None:
    def outcome(size: int) -> str:
        try:
            return sniff(data, piece=size)
        except DomainError as err:
            return err.reason

    assert outcome(piece) == outcome(0)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1))
def test_any_text_is_text_but_markup(text: str) -> None:
    data = ("note: " + text).encode()
    assert sniff(data, piece=3) == "text/plain"
