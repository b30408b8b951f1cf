"""Photos made here, so that nothing has to be fetched."""

from __future__ import annotations

import struct
import zlib


def photo(width: int = 640, height: int = 480) -> bytes:
    """A PNG with a red thing in the middle of something grey."""

    def pixel(x: int, y: int) -> bytes:
        inside = width // 4 < x < width // 2 and height // 4 < y < height // 2
        return bytes(
            (190, 40, 40) if inside else (x * 90 // width + 120, y * 90 // height + 120, 150)
        )

    rows = b"".join(b"\0" + b"".join(pixel(x, y) for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    )
