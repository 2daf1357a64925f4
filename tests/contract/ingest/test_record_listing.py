"""What every listing of records for somebody does: shows what they may see, at the cost of that."""

from __future__ import annotations

import itertools
import random
import unicodedata
from dataclasses import replace

import pytest

from wellread.domain.access.rules import AccessRules, PrefixRule
from wellread.domain.access.scope import Scope
from wellread.domain.access.sidecars import SidecarMetadata
from wellread.domain.ingest.records import DocumentRecord, DocumentStatus
from wellread.domain.knowledge.documents import DocumentId

RULES = (
    '{"access": {"rules": [{"prefix": "hr/", "audience": ["hr"]},'
    ' {"prefix": "hr/open/", "audience": ["everyone"]}, {"prefix": "it", "audience": ["it"]},'
    ' {"prefix": "caf\u00e9/", "audience": ["hr"]}, {"prefix": "board/", "audience": "sidecar"}]}}'
)
AS_RULES = AccessRules(
    (
        PrefixRule("hr/", frozenset({"hr"})),
        PrefixRule("hr/open/", frozenset({"everyone"})),
        PrefixRule("it", frozenset({"it"})),
        PrefixRule("caf\u00e9/", frozenset({"hr"})),
        PrefixRule("board/", None),
    )
)
EVERYONE, HR, NOBODY = Scope.of("everyone"), Scope.of("everyone", "hr"), Scope(frozenset())


def record(key, status=DocumentStatus.INDEXED, sidecar=None, **fields):
    document = DocumentId(key)
    audiences = AS_RULES.audiences(document, sidecar)
    return DocumentRecord(document, status, "v1", audiences, 1.0, 1.0, sidecar=sidecar, **fields)


def own(*audience):
    return SidecarMetadata(audience=frozenset(audience))


def listed(listing, scope, **wanted):
    return [each.document for each in listing.list_for(scope, **wanted)]


@pytest.fixture
def listing(ruled_listing):
    made, write_rules, _ = ruled_listing
    write_rules(RULES)
    return made


def test_somebody_is_listed_what_rules_and_sidecars_permit(listing):
    for key in ("a.md", "hr/pay.md", "hr/open/menu.md", "item.md", "board/plan.md", "z.md"):
        listing.put(record(key))
    listing.put(record("board/vote.md", sidecar=own("hr", "everyone")))
    listing.put(record("b.md", sidecar=own("hr")))
    listing.put(record("c.md", sidecar=own("it")))
    listing.put(record("d.md", sidecar=SidecarMetadata(error="It is not JSON.")))
    listing.put(record("hr/e.md", sidecar=own("everyone")))

    everyone = ["a.md", "board/vote.md", "hr/open/menu.md", "z.md"]
    assert listed(listing, EVERYONE) == everyone
    assert listed(listing, HR) == sorted([*everyone, "b.md", "hr/e.md", "hr/pay.md"])
    assert listed(listing, Scope.of("it")) == ["item.md"]
    assert listed(listing, Scope.of("everyone", "it")) == sorted([*everyone, "c.md", "item.md"])
    assert listed(listing, Scope.of("guests")) == []
    assert listed(listing, NOBODY) == []


def test_of_several_viewers_each_must_be_permitted(listing):
    listing.put(record("a.md"))
    listing.put(record("hr/pay.md"))
    listing.put(record("b.md", sidecar=own("it", "hr")))
    both = Scope(frozenset({frozenset({"everyone", "hr"}), frozenset({"everyone", "it"})}))

    assert listed(listing, both) == ["a.md", "b.md"]


def test_a_list_for_somebody_goes_on_page_by_page(listing):
    keys = [f"{name}{number}" for name in ("a", "hr/", "m/\u00e4", "x/y/") for number in range(6)]
    for key in keys:
        listing.put(record(key))
    listing.put(record("a3x", sidecar=own("hr", "it")))

    found, after = [], ""
    while page := listed(listing, HR, after=after, limit=4):
        assert len(page) <= 4
        found += page
        after = page[-1]
    assert found == sorted([*keys, "a3x"])


def test_a_list_for_somebody_can_be_limited_to_a_status(listing):
    listing.put(record("a.md", DocumentStatus.FAILED))
    listing.put(record("b.md"))
    listing.put(record("c.md", DocumentStatus.FAILED, own("everyone")))
    listing.put(record("hr/d.md", DocumentStatus.FAILED))

    assert listed(listing, EVERYONE, status=DocumentStatus.FAILED) == ["a.md", "c.md"]
    assert listed(listing, EVERYONE, status=DocumentStatus.RECEIVED) == []


def test_what_changes_hands_state_or_goes_is_listed_as_it_is_now(listing):
    kept = listing.put(record("a.md", DocumentStatus.PROCESSING))
    kept = listing.put(replace(kept, status=DocumentStatus.INDEXED))
    assert listed(listing, EVERYONE) == ["a.md"]
    assert listed(listing, EVERYONE, status=DocumentStatus.PROCESSING) == []

    kept = listing.put(replace(record("a.md", sidecar=own("hr")), generation=kept.generation))
    assert listed(listing, EVERYONE) == []
    assert listed(listing, HR) == ["a.md"]

    kept = listing.put(replace(kept, deleted=True))
    assert listed(listing, HR) == []
    listing.remove(kept)
    assert listed(listing, HR) == []


def test_names_are_found_however_their_accents_are_written(listing):
    keys = [
        "cafe\u0301/pay.md",
        "caf\u00e9/plan.md",
        "cafe\u0301.md",
        "cafeteria.md",
        "caf\u00e9.md",
    ]
    for key in keys:
        listing.put(record(key))

    assert listed(listing, EVERYONE, limit=1) == ["cafeteria.md"]
    assert set(listed(listing, EVERYONE)) == {"cafeteria.md", "cafe\u0301.md", "caf\u00e9.md"}
    assert set(listed(listing, HR)) == set(keys)
    found = [listed(listing, HR, limit=1)[0]]
    while page := listed(listing, HR, after=found[-1], limit=1):
        found += page
    assert found == sorted(keys, key=lambda key: (unicodedata.normalize("NFC", key), key))


@pytest.mark.parametrize("seed", range(2))
def test_whatever_there_is_a_list_holds_what_is_permitted_and_nothing_else(listing, seed):
    dice = random.Random(seed)
    folders = [
        "",
        "hr/",
        "hr/open/",
        "hr/open/in/",
        "it",
        "i",
        "caf\u00e9/",
        "cafe\u0301/",
        "board/",
    ]
    sidecars = [None, None, None, own("hr"), own("everyone", "it"), SidecarMetadata(error="?")]
    records = [
        record(
            f"{dice.choice(folders)}{number:02d}",
            dice.choice(list(DocumentStatus)),
            dice.choice(sidecars),
            deleted=dice.random() < 0.1,
        )
        for number in range(40)
    ]
    for each in records:
        listing.put(each)

    for scope, status in itertools.product(
        (EVERYONE, HR, Scope.of("it"), Scope.of("hr", "it")), (None, DocumentStatus.FAILED)
    ):
        wanted = {
            each.document
            for each in records
            if not each.deleted and status in (None, each.status) and scope.permits(each.audiences)
        }
        found, after = [], ""
        while page := listed(listing, scope, status=status, after=after, limit=13):
            found += page
            after = page[-1]
        assert len(found) == len(set(found))
        assert set(found) == wanted


@pytest.mark.parametrize("sidecar", [None, own("hr")], ids=["by-rule", "by-sidecar"])
def test_what_somebody_may_not_see_costs_a_list_for_them_nothing(ruled_listing, sidecar):
    listing, write_rules, cost_of = ruled_listing
    write_rules(RULES)
    for key in ("a.md", "hr/open/b.md", "z.md"):
        listing.put(record(key))

    def add_hidden(first, last):
        for number in range(first, last):
            listing.put(record(f"{'b' if sidecar else 'hr/'}{number:04d}.md", sidecar=sidecar))

    add_hidden(0, 20)
    few = cost_of(lambda: listed(listing, EVERYONE))
    add_hidden(20, 80)
    many = cost_of(lambda: listed(listing, EVERYONE))

    assert listed(listing, EVERYONE) == ["a.md", "hr/open/b.md", "z.md"]
    assert few <= many <= 1.1 * few
    assert cost_of(lambda: listed(listing, HR, limit=200)) > 2 * many
