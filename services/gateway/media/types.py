"""What a file is, by its bytes: what a browser would make of it, whatever its sender says."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from services.gateway.media.errors import (
    MediaEmpty,
    MediaTypeRefused,
    MediaTypeUnknown,
    MediaTypeWrong,
)

_HEAD_BYTES = 1024
_TEXT = "text/plain"
# Text looks like text whatever is in it: these are told apart by their sender alone. All of them
# are shown as they are, and none can run anything.
_KINDS_OF_TEXT = {
    _TEXT: "",
    "text/csv": ".csv",
    "text/markdown": ".md",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".ndjson",
}
# What programs state that do not know.
_UNSTATED = {"", "application/octet-stream", "application/x-www-form-urlencoded"}
_SAME = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "image/heif": "image/heic",
    "image/x-ms-bmp": "image/bmp",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/mp3": "audio/mpeg",
    "audio/x-flac": "audio/flac",
    "audio/x-m4a": "audio/mp4",
    "audio/webm": "video/webm",
    "application/ogg": "audio/ogg",
    "application/x-pdf": "application/pdf",
}
# SVG and HTML run script in the page's origin when they are opened by themselves; XML may be both.
_MARKUP = re.compile(
    rb"\s*(<!doctype\s+html|<html|<head|<body|<script|<svg|<!doctype\s+svg|<\?xml)",
    re.IGNORECASE,
)
# Control characters that no text has: all but tab, line feed, form feed, carriage return, escape.
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")

_PREFIXES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
)
_BRANDS: dict[bytes, str] = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"mif1": "image/heic",
    b"msf1": "image/heic",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
    b"isom": "video/mp4",
    b"iso2": "video/mp4",
    b"iso4": "video/mp4",
    b"iso5": "video/mp4",
    b"iso6": "video/mp4",
    b"mp41": "video/mp4",
    b"mp42": "video/mp4",
    b"avc1": "video/mp4",
    b"dash": "video/mp4",
    b"M4V ": "video/mp4",
    b"3gp4": "video/mp4",
    b"3gp5": "video/mp4",
}


class Sniffer:
    """Is fed a file piece by piece; knows at the end, and says at once what cannot be."""

    def __init__(self, *, stated: str = "", filename: str = "") -> None:
        """`stated` is the request's Content-Type; both may be empty."""
        plain = stated.partition(";")[0].strip().lower()
        self._stated = _SAME.get(plain, plain)
        self._filename = filename.lower()
        self._head = bytearray()
        self._type = ""
        self._text: codecs.IncrementalDecoder | None = None

    def feed(self, piece: bytes) -> None:
        """Errors: MediaTypeUnknown, MediaTypeRefused, MediaTypeWrong."""
        if self._type:
            self._check_text(piece)
            return
        self._head += piece
        if len(self._head) >= _HEAD_BYTES:
            self._decide()

    def finish(self) -> str:
        """The type. Errors: MediaEmpty, MediaTypeUnknown, MediaTypeRefused, MediaTypeWrong."""
        if not self._type:
            if not self._head:
                raise MediaEmpty("the body is empty")
            self._decide()
        self._check_text(b"", is_last=True)
        return self._type

    def _decide(self) -> None:
        head = bytes(self._head)
        found = binary_type(head)
        if not found:
            self._text = codecs.getincrementaldecoder("utf-8")("strict")
            self._check_text(head)
            if _MARKUP.match(head.removeprefix(codecs.BOM_UTF8)):
                raise MediaTypeRefused(
                    "HTML, SVG and other XML can run script where they are shown: "
                    "send a picture, a PDF or plain text",
                    field="body",
                )
            found = self._kind_of_text()
        if self._stated not in _UNSTATED and self._stated != found:
            raise MediaTypeWrong(
                f"Content-Type says {self._stated}, but the bytes are {found}",
                field="content-type",
                stated=self._stated,
                found=found,
            )
        self._type = found

    def _kind_of_text(self) -> str:
        if self._stated in _KINDS_OF_TEXT:
            return self._stated
        for kind, ending in _KINDS_OF_TEXT.items():
            if ending and self._filename.endswith(ending):
                return kind
        return _TEXT

    def _check_text(self, piece: bytes, *, is_last: bool = False) -> None:
        if self._text is None:
            return
        try:
            self._text.decode(piece, is_last)
        except UnicodeDecodeError:
            raise _unknown() from None
        if _CONTROLS.search(piece):
            raise _unknown()


def binary_type(head: bytes) -> str:
    """The type whose magic number the first bytes hold; "" where they hold none."""
    for prefix, name in _PREFIXES:
        if head.startswith(prefix):
            return name
    for look in _LOOKS:
        found = look(head)
        if found:
            return found
    return ""


def _riff(head: bytes) -> str:
    if head[:4] != b"RIFF":
        return ""
    return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12], "")


def _bmp(head: bytes) -> str:
    # "BM" alone begins many a text: the size of the next header is one of a few.
    sizes = {12, 40, 52, 56, 64, 108, 124}
    is_bmp = head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in sizes
    return "image/bmp" if is_bmp else ""


def _mp4(head: bytes) -> str:
    if head[4:8] != b"ftyp":
        return ""
    size = min(int.from_bytes(head[:4], "big"), len(head))
    compatible = [head[at : at + 4] for at in range(16, size - 3, 4)]
    # A still picture of the AV1 kind may call itself mif1 first.
    if head[8:12] in (b"mif1", b"msf1") and b"avif" in compatible:
        return "image/avif"
    for brand in (head[8:12], *compatible):
        if brand in _BRANDS:
            return _BRANDS[brand]
    return ""


def _webm(head: bytes) -> str:
    is_webm = head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in head[:64]
    return "video/webm" if is_webm else ""


def _ogg(head: bytes) -> str:
    if head[:4] != b"OggS":
        return ""
    return "video/ogg" if b"\x80theora" in head[:64] else "audio/ogg"


def _mp3(head: bytes) -> str:
    # A frame with no tag before it: MPEG layer III, a bit rate and a sample rate that exist.
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return ""
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bit_rate, sample_rate = head[2] >> 4, head[2] >> 2 & 3
    is_frame = version != 1 and layer == 1 and bit_rate not in (0, 15) and sample_rate != 3
    return "audio/mpeg" if is_frame else ""


_LOOKS: tuple[Callable[[bytes], str], ...] = (_riff, _bmp, _mp4, _webm, _ogg, _mp3)


def _unknown() -> MediaTypeUnknown:
    return MediaTypeUnknown(
        "the bytes are of no type that is shown: JPEG, PNG, GIF, WebP, AVIF, HEIC, BMP, TIFF, PDF, "
        "MP3, WAV, Ogg, FLAC, MP4, QuickTime, WebM, or text in UTF-8",
        field="body",
    )
