"""A file that somebody gives the bot becomes a document where an approver lets it in, once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chat_desk import person
from tests.functional.chat.beside import APPROVALS, DIRECT, HERE, Beside, about
from wellread.domain.access.scope import Scope, personal
from wellread.domain.chat.events import FileDecided, FilesShared, SharedFile
from wellread.domain.chat.members import Standing
from wellread.domain.chat.said import SaidApproval, SaidNotice
from wellread.domain.knowledge.errors import DeliveryError, TransientError

PLAN = SharedFile("F1", "plan.md", 30, "https://files/1")
KEY = "chat/slack/T1/D1/plan.md"
THERE = replace(HERE, conversation=APPROVALS)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Beside]:
    world = Beside(tmp_path, max_document_bytes=1_000_000)
    world.desk.contents = {"F1": b"# Plan\n\nThe plan is secret.\n", "F2": b"# Other\n\nOther.\n"}
    yield world
    world.laptop.close()


def given(*files: SharedFile, who: str = "ada", message: str = "18.1") -> FilesShared:
    return FilesShared(**about(DIRECT, who, message), files=files)


def decided(
    world: Beside, who: str = "cem", *, approved: bool = True, nth: int = 0, **more: object
) -> FileDecided:
    message = [m for m in world.desk.messages if isinstance(m.said, SaidApproval)][nth]
    assert isinstance(message.said, SaidApproval)
    fields = about(THERE, who, f"click:{who}")
    fields |= {"approved": approved, "request": message.said.request} | more
    return FileDecided(**fields, reference=message.reference)


def files_of(world: Beside) -> set[str]:
    root = world.laptop.root
    return {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()}


def told(world: Beside, who: str = "ada") -> list[str]:
    return [
        m.said.text
        for m in world.desk.seen(who)
        if isinstance(m.said, SaidNotice) and m.place == DIRECT
    ]


def test_approvers_are_asked_once_and_the_giver_is_told_so(world: Beside) -> None:
    for _ in range(2):
        world.handle(given(PLAN))

    (approval,) = world.said(SaidApproval)
    assert (approval.file.name, approval.shared_by, approval.decided_by) == ("plan.md", "ada", "")
    (said,) = told(world)
    assert said == (
        "“plan.md”: I asked whether it may be added, and will tell you what becomes of it."
    )
    assert files_of(world) == set()


def test_of_a_file_that_was_only_named_the_platform_is_asked(world: Beside) -> None:
    world.desk.descriptions["F1"] = PLAN
    world.handle(given(SharedFile("F1", "F1", 0, "")))
    world.handle(decided(world))

    assert KEY in files_of(world)


def test_an_approved_file_is_a_document_that_its_giver_alone_may_read(world: Beside) -> None:
    world.handle(given(PLAN))
    world.handle(decided(world))

    assert files_of(world) == {KEY, f"{KEY}.metadata.json"}
    said = json.loads((world.laptop.root / f"{KEY}.metadata.json").read_text())
    assert said == {"metadataAttributes": {"title": "plan.md", "audience": ["slack:T1:ada"]}}
    (approval,) = world.said(SaidApproval)
    assert (approval.decided_by, approval.outcome) == ("cem", "Approved")
    assert told(world)[1:] == ["“plan.md” was approved and is being read."]
    world.laptop.work()
    everyone, ada = Scope.of("everyone"), Scope.of("everyone", personal("slack", "T1", "ada"))
    documents = world.laptop.services.documents
    assert [d.document for d in documents.list(ada).documents] == [KEY]
    assert documents.list(everyone).documents == ()


def test_the_sidecar_is_there_before_the_document(world: Beside) -> None:
    put: list[str] = []

    class Noted:
        def put(self, key: str, data: bytes) -> None:
            put.append(key)

    world.handle(given(PLAN))
    world.rewire(drop=Noted())
    world.handle(decided(world))

    assert put == [f"{KEY}.metadata.json", KEY]


def test_only_approvers_decide(world: Beside) -> None:
    world.handle(given(PLAN))
    world.handle(decided(world, "ada", reply_url="https://r"))

    assert files_of(world) == set()
    (message,) = [m for m in world.desk.messages if m.place == THERE]
    assert message.seen_by == "ada"
    assert "approvers" in str(message.said)
    world.handle(decided(world, "ben"))
    assert files_of(world) == set()
    assert [each.decided_by for each in world.said(SaidApproval)] == [""]


def test_who_were_approvers_when_they_were_asked_decide_no_more(world: Beside) -> None:
    world.handle(given(PLAN))
    world.desk.groups["SAPPR"] = frozenset()
    world.handle(decided(world))

    assert files_of(world) == set()


def test_without_a_group_of_approvers_nobody_decides(world: Beside) -> None:
    world.handle(given(PLAN))
    click = decided(world)
    world.say_rules(chat={"slack": {"approvals": APPROVALS}})
    world.handle(click)

    assert files_of(world) == set()


def test_a_refused_file_is_not_added_and_its_giver_is_told(world: Beside) -> None:
    world.handle(given(PLAN))
    world.handle(decided(world, approved=False))
    world.handle(decided(world, approved=True))

    assert files_of(world) == set()
    (approval,) = world.said(SaidApproval)
    assert (approval.decided_by, approval.outcome) == ("cem", "Rejected")
    assert told(world)[1:] == ["“plan.md” was not approved, so it was not added."]


@pytest.mark.parametrize("call", ["fetch", "write"])
def test_what_was_approved_and_begun_is_not_said_to_be_rejected(world: Beside, call: str) -> None:
    world.handle(given(PLAN))
    world.desk.fail(call, TransientError("away"))
    with pytest.raises(TransientError):
        world.handle(decided(world))
    world.handle(decided(world, "cem", approved=False))

    (approval,) = world.said(SaidApproval)
    assert (approval.decided_by, approval.outcome) == ("", "Approved")
    assert KEY in files_of(world)


@pytest.mark.parametrize(
    ("call", "after"),
    [("fetch", False), ("fetch", True), ("write", False), ("write", True), ("put", False)],
)
def test_it_is_added_and_told_once_whatever_fails_on_the_way(
    world: Beside, call: str, after: bool
) -> None:
    world.handle(given(PLAN))
    click = decided(world)
    puts: list[str] = []
    store = world.laptop.adapters.store

    class Counted:
        def put(self, key: str, data: bytes) -> None:
            store.put(key, data)
            puts.append(key)
            if call == "put" and puts == [f"{KEY}.metadata.json", KEY]:
                raise TransientError("it is there, and nobody learnt so")

    world.rewire(drop=Counted())
    world.desk.fail(call, TransientError("away"), after=after)
    with pytest.raises(TransientError):
        world.handle(click)
    world.handle(click)
    world.handle(click)

    assert [key for key in puts if not key.endswith(".json")] == [KEY]
    assert len(world.said(SaidApproval)) == 1
    assert told(world)[1:] == ["“plan.md” was approved and is being read."]


def test_two_files_of_one_name_do_not_replace_each_other(world: Beside) -> None:
    other = replace(PLAN, id="F2")
    world.handle(given(PLAN, other))
    world.handle(decided(world))
    world.handle(decided(world, nth=1))

    documents = {each for each in files_of(world) if not each.endswith(".json")}
    assert documents == {KEY, KEY.replace("plan", "plan-F2")}
    assert "secret" in (world.laptop.root / KEY).read_text()


def test_what_cannot_be_taken_is_said_for_each_file_and_asked_about_for_none(
    world: Beside,
) -> None:
    world.handle(
        given(
            replace(PLAN, size=1_000_001),
            replace(PLAN, id="F3", name="photo.png"),
            replace(PLAN, id="F4", name="gone.pdf", problem="It has expired. Send it again."),
        )
    )

    assert world.said(SaidApproval) == []
    (text,) = told(world)
    assert len(text.splitlines()) == 3
    for words in ("larger than wellread reads", "not supported", "It has expired"):
        assert words in text


def test_a_file_that_is_gone_when_it_is_approved_fails_with_cause_and_fix(world: Beside) -> None:
    world.handle(given(PLAN))
    world.desk.contents.clear()
    world.handle(decided(world))

    (approval,) = world.said(SaidApproval)
    assert approval.outcome.startswith("Approved, but not added. The file could not be opened.")
    assert "could not be added. The file could not be opened." in told(world)[-1]
    assert files_of(world) == set()


def test_a_file_that_is_larger_than_the_platform_said_is_not_added(world: Beside) -> None:
    world.handle(given(PLAN))
    world.desk.contents["F1"] = b"x" * 1_000_001
    world.handle(decided(world))

    assert "larger than wellread reads" in told(world)[-1]
    assert files_of(world) == set()


def test_a_name_that_would_restrict_another_document_is_not_added(world: Beside) -> None:
    world.handle(given(replace(PLAN, name="plan.md.metadata (1).json")))
    world.handle(decided(world))

    assert "name is not taken in" in told(world)[-1]
    assert files_of(world) == set()


def test_a_hostile_name_leads_nowhere_and_calls_nobody(world: Beside) -> None:
    world.handle(given(replace(PLAN, name="../../<!channel> @here https://evil.example/x.md")))
    world.handle(decided(world))

    assert all(each.startswith("chat/slack/T1/D1/") for each in files_of(world))
    assert len(files_of(world)) == 2
    assert not any(bad in "".join(told(world)) for bad in ("<!", "@here", "https://"))


@pytest.mark.parametrize("rules", [{}, {"approvals": APPROVALS}, {"approvers": "SAPPR"}])
def test_where_nobody_approves_files_that_is_said(world: Beside, rules: dict[str, str]) -> None:
    world.say_rules(chat={"slack": rules})
    world.handle(given(PLAN))

    assert world.said(SaidApproval) == []
    assert "no place is set up" in told(world)[0]


@pytest.mark.parametrize("standing", [Standing.GUEST, Standing.BOT])
def test_files_are_taken_from_members_only(world: Beside, standing: Standing) -> None:
    world.desk.people["ada"] = standing
    world.handle(given(PLAN))

    assert world.said(SaidApproval) == []
    assert "members only" in told(world)[0]


def test_where_others_read_along_it_is_said_where_files_are_taken(world: Beside) -> None:
    for message in ("17.2", "17.2", "17.3"):
        world.handle(FilesShared(**about(HERE, message=message), files=(PLAN,)))

    assert world.said(SaidApproval) == []
    words = [each.text for each in world.said(SaidNotice)]
    assert len(words) == 2
    assert all("in a chat with me alone" in each for each in words)


def test_a_request_that_is_not_kept_any_more_is_answered_so(world: Beside) -> None:
    world.handle(given(PLAN))
    world.clock.now += 15 * 86_400
    world.handle(decided(world, reply_url="https://r"))

    assert "not kept any more" in str(world.desk.messages[-1].said)
    assert world.desk.messages[-1].seen_by == person("cem").id
    assert files_of(world) == set()


def test_where_approvers_cannot_be_asked_the_giver_is_told_so(world: Beside) -> None:
    world.desk.fail("write", DeliveryError("The bot is not in that conversation. Invite it."))
    world.handle(given(PLAN))

    assert world.said(SaidApproval) == []
    assert "no access to the place" in told(world)[0]


@pytest.mark.parametrize("error", [TransientError("away"), DeliveryError("no scope")])
def test_where_it_fails_for_good_that_is_said_with_a_reference(
    world: Beside, error: Exception
) -> None:
    world.desk.fail("standings", error, times=2)
    if isinstance(error, TransientError):
        with pytest.raises(TransientError):
            world.handle(given(PLAN))
    world.handle(given(PLAN), last=True)

    assert "Sorry, that did not work" in told(world)[0]
    assert told(world)[0].endswith("this reference: c1")


def test_who_decides_hears_alone_that_it_failed(world: Beside) -> None:
    world.handle(given(PLAN))
    world.desk.fail("in_group", DeliveryError("no scope"))
    world.handle(decided(world, reply_url="https://r"))

    assert files_of(world) == set()
    assert world.desk.messages[-1].seen_by == "cem"
    assert "Sorry" in str(world.desk.messages[-1].said)
