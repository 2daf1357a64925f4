"""The events that a bucket sends through EventBridge when an object changes."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from wellread.domain.knowledge.documents import DocumentId, ObjectVersion, RevisionId
from wellread.domain.knowledge.journey import present


def s3_change_event(
    bucket: str,
    key: str,
    *,
    version: ObjectVersion | None,
    sequencer: int,
    clock: Callable[[], float],
    request: str | None = None,
) -> dict[str, Any]:
    """What EventBridge delivers for one change of an object.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html

    Args:
        bucket: The bucket's name, on a laptop a name that stands for the documents folder.
        key: The object's key, as it is: unlike S3's own notifications, EventBridge encodes nothing.
        version: What the bucket holds now; None gives the event of a delete marker.
        sequencer: Grows with every event of the key.
        clock: The time of the event.
        request: The detail-type of an event of our own in S3's shape (`RETRY_REQUESTED`,
            `SWEEP_REQUESTED`); None for what S3 sends.
    """
    changed: dict[str, Any] = {"key": key}
    if version is not None:
        changed["size"] = version.size
        # Opaque to every reader: an S3 etag need not be an MD5.
        changed["etag"] = hashlib.sha256(version.revision.encode()).hexdigest()[:32]
        changed["version-id"] = version.revision
    else:
        changed["etag"] = hashlib.sha256(b"").hexdigest()[:32]
        changed["version-id"] = f"deleted-{sequencer}"
    changed["sequencer"] = f"{sequencer:018X}"
    detail: dict[str, Any] = {
        "version": "0",
        "bucket": {"name": bucket},
        "object": changed,
        "request-id": uuid.uuid4().hex[:16].upper(),
        "requester": "000000000000",
        "source-ip-address": "127.0.0.1",
        "reason": "PutObject" if version is not None else "DeleteObject",
    }
    if correlation := present().correlation:
        detail["correlation-id"] = correlation  # ours: the bucket's own events have none
    if version is None:
        detail["deletion-type"] = "Delete Marker Created"
    kind = "Object Created" if version is not None else "Object Deleted"
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": request or kind,
        "source": "wellread" if request else "aws.s3",
        "account": "000000000000",
        "time": datetime.fromtimestamp(clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "local",
        "resources": [f"arn:aws:s3:::{bucket}"],
        "detail": detail,
    }


def unknown_version(key: str) -> ObjectVersion:
    """For an event about a key that nobody has looked at: events are only hints."""
    return ObjectVersion(DocumentId(key), RevisionId("unknown"), size=0, order=0)
