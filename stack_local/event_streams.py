"""Messages of AWS's event streams, as services send them."""

from __future__ import annotations

import struct
from binascii import crc32


def event(
    name: str, payload: bytes, media_type: str = "application/json", *, kind: str = "event"
) -> bytes:
    """One message of an event stream.

    Source: https://smithy.io/2.0/aws/amazon-eventstream.html
    """
    headers = b"".join(
        struct.pack("!B", len(key)) + key.encode() + struct.pack("!BH", 7, len(value)) + value
        for key, value in (
            (f":{kind}-type", name.encode()),
            (":content-type", media_type.encode()),
            (":message-type", kind.encode()),
        )
    )
    prelude = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + struct.pack("!I", crc32(prelude)) + headers + payload
    return message + struct.pack("!I", crc32(message))
