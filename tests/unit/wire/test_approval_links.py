from __future__ import annotations

import pytest

from tests.doubles import SetClock
from wellread.domain.access.scope import Scope
from wellread.domain.knowledge.documents import DocumentId, RevisionId
from wellread.domain.tune.models import RunName
from wellread.wire.approval_links import ApprovalLink, ApprovalLinks, InvalidApprovalError
from wellread.wire.signed_links import SignedLinks

ADDRESS = "https://api.example/approvals/"


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def links(clock: SetClock) -> ApprovalLinks:
    return ApprovalLinks("https://api.example/", lambda _: "k" * 40, clock)


def token_of(links: ApprovalLinks, said: ApprovalLink) -> str:
    link = links.link(said)
    assert link.startswith(ADDRESS)
    return link.removeprefix(ADDRESS)


def test_a_link_says_which_run_it_is_about(links: ApprovalLinks, clock: SetClock) -> None:
    said = ApprovalLink(RunName("may"), float(int(clock() + 60)))
    assert links.read(token_of(links, said)) == said


def test_a_link_expires(links: ApprovalLinks, clock: SetClock) -> None:
    token = token_of(links, ApprovalLink(RunName("may"), clock() + 60))
    clock.sleep(61)
    with pytest.raises(InvalidApprovalError):
        links.read(token)


def test_nothing_of_a_link_can_be_changed(links: ApprovalLinks, clock: SetClock) -> None:
    token = token_of(links, ApprovalLink(RunName("may"), clock() + 60))
    for at in range(len(token)):
        other = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        with pytest.raises(InvalidApprovalError):
            links.read(other)
    for other in ("", token[:-1], f"{token}A", "ä", "x" * 9_000):
        with pytest.raises(InvalidApprovalError):
            links.read(other)


def test_a_link_to_a_document_decides_nothing(links: ApprovalLinks, clock: SetClock) -> None:
    documents = SignedLinks("https://api.example", lambda _: "k" * 40, clock)
    link = documents.of(Scope(frozenset()))(DocumentId("a.md"), RevisionId("1"))
    with pytest.raises(InvalidApprovalError):
        links.read(link.rpartition("/")[2])
