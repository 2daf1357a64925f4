"""What the function `parse` is made of; it has no clients of AWS, and no use for any."""

from __future__ import annotations

from functools import cache

from wellread.adapters.aws.lent_objects import PresignedObjects
from wellread.bootstrap.file_parser import file_parser
from wellread.services.ingest.parsing import LentDocumentReader
from wellread.settings import Settings, load_settings


@cache
def get_reader() -> LentDocumentReader:
    """The process's reader, made at the first call by what the settings say."""
    settings = load_settings()
    return LentDocumentReader(
        PresignedObjects(_origins(settings)),
        file_parser(settings, processes=1),
        max_bytes=settings.max_document_bytes,
    )


def _origins(settings: Settings) -> list[str]:
    if settings.aws_endpoint_url:
        return [settings.aws_endpoint_url.rstrip("/")]
    return [f"https://{host}" for host in settings.storage_hosts]
