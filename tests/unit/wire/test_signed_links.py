from __future__ import annotations

import base64
import hmac
import json
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.doubles import SetClock
from wellread.domain.access.scope import Scope
from wellread.domain.knowledge.documents import DocumentId, RevisionId
from wellread.wire.signed_links import (
    LIFETIME_SECONDS,
    ExpiredLinkError,
    InvalidLinkError,
    SignedLink,
    SignedLinks,
)

DOCUMENT, REVISION = DocumentId("hr/Leave & more.md"), RevisionId("5f1c")
MEMBERS = Scope(frozenset({frozenset({"everyone"})}))


class Links(SignedLinks):
    """With a key that a test can change, below an address."""

    def __init__(self) -> None:
        self.clock = SetClock()
        self.current = self.known = "k" * 40
        super().__init__("https://api.example/", self._part, self.clock)

    def _part(self, refused: str | None) -> str:
        if self.known == refused:
            self.known = self.current
        return self.known


@pytest.fixture
def links() -> Links:
    return Links()


def token_of(link: str) -> str:
    address, _, _ = link.partition("#")
    assert address.startswith("https://api.example/signed/")
    return address.removeprefix("https://api.example/signed/")


def test_a_link_says_what_was_signed_and_keeps_the_place_of_its_quote(links: Links) -> None:
    link = links.of(MEMBERS)(DOCUMENT, REVISION, "30 days?", 120)

    assert link.endswith("#quote")
    assert links.read(token_of(link)) == SignedLink(
        DOCUMENT, REVISION, "30 days?", 120, MEMBERS, links.clock() + LIFETIME_SECONDS
    )


def test_a_link_is_good_for_a_week_and_no_longer(links: Links) -> None:
    token = token_of(links.of(MEMBERS)(DOCUMENT, REVISION))

    links.clock.now += LIFETIME_SECONDS - 1
    assert links.read(token).document == DOCUMENT
    links.clock.now += 1
    with pytest.raises(ExpiredLinkError):
        links.read(token)


def test_no_character_of_a_link_can_be_changed_added_or_left_out(links: Links) -> None:
    token = token_of(links.of(MEMBERS)(DOCUMENT, REVISION, "30 days", 3))
    others = {
        *(token[:i] + ("A" if c != "A" else "B") + token[i + 1 :] for i, c in enumerate(token)),
        *(token[:i] for i in range(len(token))),
        *(token + more for more in ("A", "AA", "AAAA", "=", "==", "/x", "%3D", "\n", " ", "é")),
        *(token[:i] + "!" + token[i:] for i in range(len(token))),
    }

    assert len(others) > 300
    for other in others:
        with pytest.raises(InvalidLinkError):
            links.read(other)


@pytest.mark.parametrize(
    "change",
    [
        {"document": DocumentId("hr/salaries.md")},
        {"revision": RevisionId("77aa")},
        {"scope": Scope.of("everyone", "hr")},
        {"until": 4e9},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_content_needs_another_signature(links: Links, change: dict) -> None:
    token = token_of(links.of(MEMBERS)(DOCUMENT, REVISION))
    wanted = replace(links.read(token), **change)
    packed = zlib.compress(
        json.dumps(
            {
                "d": wanted.document,
                "r": wanted.revision,
                "q": wanted.quote,
                "a": wanted.at,
                "v": [sorted(viewer) for viewer in wanted.scope.viewers],
                "u": wanted.until,
            }
        ).encode()
    )
    signatures = [
        _decoded(token)[:32],
        bytes(32),
        hmac.digest(b"", packed, "sha256"),
        hmac.digest(b"guessed", packed, "sha256"),
        # The key, but for another purpose.
        hmac.digest(links.current.encode(), packed, "sha256"),
    ]
    for signature in signatures:
        with pytest.raises(InvalidLinkError):
            links.read(_encoded(signature + packed))


def test_what_is_too_long_to_be_a_link_is_not_looked_at(links: Links) -> None:
    for token in ("", "A" * 9_000, "A" * 9_000_000):
        with pytest.raises(InvalidLinkError):
            links.read(token)


def test_who_reads_with_an_older_key_looks_for_the_new_one(links: Links) -> None:
    old = token_of(links.of(MEMBERS)(DOCUMENT, REVISION))
    writer = Links()
    writer.current = writer.known = "n" * 40
    new = token_of(writer.of(MEMBERS)(DOCUMENT, REVISION))

    assert links.read(old).document == DOCUMENT
    links.current = "n" * 40
    assert links.read(new).document == DOCUMENT
    with pytest.raises(InvalidLinkError):
        links.read(old)


def test_only_viewers_on_whom_it_depends_are_named(links: Links) -> None:
    guest, member = frozenset({"public"}), frozenset({"everyone"})
    team = (frozenset({"everyone", f"group{n}"}) for n in range(500))
    scope = Scope(frozenset({guest, member, *team}))

    token = token_of(links.of(scope)(DOCUMENT, REVISION))

    assert links.read(token).scope == Scope(frozenset({guest, member}))
    assert len(token) < 300


def test_for_very_many_different_viewers_stands_one_who_sees_what_all_of_them_see(
    links: Links,
) -> None:
    different = (frozenset({"everyone", f"of group number {n * n * 7919}"}) for n in range(2000))
    scope = Scope(frozenset(different))

    token = token_of(links.of(scope)(DOCUMENT, REVISION, "30 days"))

    assert links.read(token).scope == Scope.of("everyone")
    assert len(token) < 1500


def test_nothing_opens_where_nobody_looks_and_nothing_where_nobody_shares_an_audience(
    links: Links,
) -> None:
    nobody = token_of(links.of(Scope(frozenset()))(DOCUMENT, REVISION))
    assert not links.read(nobody).scope.permits({"everyone"})

    apart = Scope(frozenset(frozenset({f"group {n * n * 7919}"}) for n in range(2000)))
    assert links.read(token_of(links.of(apart)(DOCUMENT, REVISION))).scope == Scope.of()


def test_long_names_and_quotes_of_every_script_make_links_that_fit_into_a_message(
    links: Links,
) -> None:
    name = DocumentId("/".join(["有給休暇" * 10] * 8) + "\udce4.md")
    quote = "".join(chr(0x4E00 + (n * 7919) % 20_000) for n in range(5_000))

    token = token_of(links.of(MEMBERS)(name, REVISION, quote, 17))

    assert len(token) <= 1_500
    assert links.read(token).document == name
    assert (links.read(token).quote or "")[:10] in quote


_AUDIENCES = st.sampled_from(["everyone", "public", "hr", "board", "lab", "slack:T1:U1"])
_VIEWERS = st.frozensets(st.frozensets(_AUDIENCES, max_size=4), max_size=8)


@given(viewers=_VIEWERS, audiences=st.frozensets(_AUDIENCES, max_size=4))
def test_a_link_permits_what_the_scope_of_its_reply_permits(
    viewers: frozenset[frozenset[str]], audiences: frozenset[str]
) -> None:
    links, scope = Links(), Scope(viewers)

    link = links.read(token_of(links.of(scope)(DOCUMENT, REVISION)))

    assert link.scope.permits(audiences) == scope.permits(audiences)


@given(
    name=st.text(min_size=1, max_size=1_000),
    quote=st.none() | st.text(max_size=1_000),
    at=st.none() | st.integers(0, 10**9),
)
def test_any_name_and_any_quote_come_back(name: str, quote: str | None, at: int | None) -> None:
    links = Links()

    link = links.read(token_of(links.of(MEMBERS)(DocumentId(name), REVISION, quote, at)))

    assert (link.document, link.revision, link.at) == (name, REVISION, at)
    assert link.quote is None or (quote or "").startswith(link.quote)


def _decoded(token: str) -> bytes:
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
