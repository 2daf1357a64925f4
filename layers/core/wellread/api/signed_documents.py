"""Documents that open by a link's signature alone, whoever calls."""

from __future__ import annotations

from http import HTTPStatus

from wellread.api.problems import RequestError
from wellread.bootstrap import Services
from wellread.domain.knowledge.errors import NotFoundError
from wellread.domain.knowledge.journey import on_journey
from wellread.services.ingest.documents import OpenedDocument
from wellread.wire.signed_links import PATH, ExpiredLinkError, InvalidLinkError, SignedLink

RULE = f"{PATH}(?s:.+)"


def opened(services: Services, path: str) -> tuple[SignedLink, OpenedDocument]:
    """What the link with this path opens, for those whose eyes its reply was for.

    Raises:
        RequestError: The link is none, has expired, or what it opened is not there for them.
        TransientError: Try again.
    """
    links = services.signed_links
    if links is None:
        raise RequestError(
            HTTPStatus.NOT_FOUND, "no_such_path", "There is no such path. See /openapi.json."
        )
    try:
        link = links.read(path.removeprefix(PATH))
    except InvalidLinkError:
        raise RequestError(
            HTTPStatus.FORBIDDEN,
            "invalid_link",
            "This link is not complete, or not of this knowledge base. Open it where it was "
            "posted, or ask the question again.",
        ) from None
    except ExpiredLinkError:
        raise RequestError(
            HTTPStatus.GONE,
            "expired_link",
            "This link has expired: links in chats are good for a week. Ask the question again "
            "to get a new one.",
        ) from None
    try:
        with on_journey(document=link.document):
            document = services.documents.open(
                link.scope, link.document, revision=link.revision, quote=link.quote, at=link.at
            )
    except NotFoundError:
        raise RequestError(
            HTTPStatus.NOT_FOUND,
            "not_found",
            "This document is gone, or is no longer for everyone who saw the reply. Ask the "
            "question again to see what there is now.",
        ) from None
    return link, document
