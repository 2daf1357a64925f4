"""A human is asked once, sees only what all may see who read along, and is seen to answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chat_desk import person
from tests.functional.chat.beside import APPROVALS, ASKED, DIRECT, HERE, RULES, Beside, about
from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import HandOver
from wellread.domain.ask.questions import Asker, Place, Question
from wellread.domain.chat.events import HandOverResolved, HumanAsked
from wellread.domain.chat.members import Called, Readers, Standing
from wellread.domain.chat.said import SaidHandOver, SaidNotice
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import DeliveryError, TransientError

EVERYONE = Scope.of("everyone")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Beside]:
    world = Beside(tmp_path)
    world.laptop.drop("leave.md", "# Leave\n\nThere are 30 days of leave.\n")
    yield world
    world.laptop.close()


def human(place: Place, thread: str, who: str = "ada", **more: object) -> HumanAsked:
    fields = about(place, who, f"human:{who}") | {"thread": thread, "turn": 1} | more
    return HumanAsked(**fields)


def resolved(place: Place, thread: str, who: str, reference: str) -> HandOverResolved:
    fields = about(place, who, f"resolved:{who}") | {"thread": thread, "turn": 1}
    return HandOverResolved(**fields, reference=reference)


def kept(world: Beside) -> list[tuple[str, str]]:
    return [(e.asker, e.feedback.verdict) for e in world.laptop.adapters.verdicts.list()]


def hide(world: Beside, document: str) -> None:
    """Have a document read by HR alone from now on."""
    sidecar = '{"metadataAttributes": {"audience": "hr"}}'
    world.laptop.write(f"{document}.metadata.json", sidecar)


def test_helpers_are_asked_in_the_thread_with_what_was_found(world: Beside) -> None:
    reply = world.ask()
    world.handle(human(HERE, reply.thread))

    (message,) = world.desk.messages
    said = message.said
    assert isinstance(said, SaidHandOver)
    assert message.place == HERE
    assert (said.helpers, said.question, said.asked_by) == (("SHELP",), ASKED, "ada")
    assert said.found == reply.text
    assert [title for title, _ in said.links] == ["Leave"]
    assert "leave.md" in said.links[0][1]
    assert kept(world) == [("slack:T1:ada", HandOver.ASKED)]


def test_second_clicks_and_redeliveries_ask_once(world: Beside) -> None:
    thread = world.ask().thread
    for who in ("ada", "ada", "ben"):
        world.handle(human(HERE, thread, who))

    assert len(world.desk.messages) == 1
    assert kept(world) == [("slack:T1:ada", "human"), ("slack:T1:ben", "human")]


@pytest.mark.parametrize("after", [False, True])
def test_who_dies_over_it_has_asked_once_all_the_same(world: Beside, after: bool) -> None:
    thread = world.ask().thread
    world.desk.fail("write", TransientError("away"), after=after)
    with pytest.raises(TransientError):
        world.handle(human(HERE, thread))
    world.handle(human(HERE, thread))

    assert len(world.desk.messages) == 1


def test_resolved_says_by_whom_and_the_first_one_stays(world: Beside) -> None:
    thread = world.ask().thread
    world.handle(human(HERE, thread))
    (message,) = world.desk.messages
    world.handle(resolved(HERE, thread, "ben", message.reference))
    world.handle(resolved(HERE, thread, "cem", message.reference))

    (edited,) = world.said(SaidHandOver)
    assert (edited.resolved_by, edited.question) == ("ben", ASKED)
    assert ("slack:T1:ben", HandOver.RESOLVED) in kept(world)


def test_what_not_all_may_see_who_read_along_now_is_left_out_of_it(world: Beside) -> None:
    thread = world.ask().thread
    hide(world, "leave.md")
    world.handle(human(HERE, thread))
    (message,) = world.desk.messages
    world.handle(resolved(HERE, thread, "ben", message.reference))

    (said,) = world.said(SaidHandOver)
    assert (said.found, said.links, said.question) == ("", (), ASKED)


def test_from_a_direct_message_helpers_are_asked_where_they_read_along(world: Beside) -> None:
    thread = world.ask(DIRECT).thread
    world.handle(human(DIRECT, thread))
    world.handle(human(DIRECT, thread))

    asked, told = world.desk.messages
    assert (asked.place.conversation, asked.place.thread) == (APPROVALS, "")
    assert isinstance(asked.said, SaidHandOver)
    assert asked.said.found
    assert told.place == DIRECT
    assert isinstance(told.said, SaidNotice)
    assert "passed your question on" in told.said.text
    there = replace(HERE, conversation=APPROVALS, thread=asked.reference)
    world.handle(resolved(there, thread, "cem", asked.reference))
    assert asked.said.resolved_by == "cem"
    assert kept(world)[-1] == ("slack:T1:cem", "resolved")


def test_there_what_was_found_is_narrowed_to_those_who_read_it_there(world: Beside) -> None:
    hide(world, "leave.md")
    world.laptop.work()
    thread = world.ask(DIRECT, "ada", "hr").thread
    world.handle(human(DIRECT, thread))

    (said,) = world.said(SaidHandOver)
    assert (said.found, said.links, said.question) == ("", (), ASKED)


def test_where_guests_read_along_they_count(world: Beside) -> None:
    thread = world.ask().thread
    world.desk.people["gus"] = Standing.GUEST
    world.desk.conversations["C1"] = Readers((person("ada"), person("gus")))
    world.handle(human(HERE, thread))

    (said,) = world.said(SaidHandOver)
    assert said.found == ""


def test_what_its_asker_alone_saw_is_not_asked_in_the_open(world: Beside) -> None:
    thread = world.ask(None).thread
    world.handle(human(HERE, thread, reply_url="https://r"))

    asked, told = world.desk.messages
    assert asked.place.conversation == APPROVALS
    assert (told.seen_by, type(told.said)) == ("ada", SaidNotice)


def test_nobody_else_hands_over_what_its_asker_alone_saw(world: Beside) -> None:
    thread = world.ask(None).thread
    world.handle(human(HERE, thread, "ben", reply_url="https://r"))

    (told,) = world.desk.messages
    assert (told.seen_by, type(told.said)) == ("ben", SaidNotice)
    assert kept(world) == []


@pytest.mark.parametrize(
    ("rules", "place", "words"),
    [
        ({}, HERE, "Nobody is named here"),
        ({"helpers": "SHELP"}, DIRECT, "do not read along here"),
    ],
)
def test_where_nobody_can_be_asked_that_is_said_to_the_person_alone(
    world: Beside, rules: dict[str, str], place: Place, words: str
) -> None:
    thread = world.ask(place).thread
    world.say_rules(chat={"slack": rules})
    world.handle(human(place, thread, reply_url="https://r"))

    (message,) = world.desk.messages
    assert message.seen_by == "ada"
    assert words in str(message.said)
    assert RULES["helpers"] not in str(message.said)


def test_what_was_erased_is_not_handed_over(world: Beside) -> None:
    thread = world.ask().thread
    world.laptop.adapters.threads.erase(DocumentId("leave.md"))
    world.handle(human(HERE, thread, reply_url="https://r"))

    (told,) = world.said(SaidNotice)
    assert "not kept any more" in told.text
    assert world.said(SaidHandOver) == []


def test_what_was_erased_meanwhile_is_gone_from_the_message_once_it_is_resolved(
    world: Beside,
) -> None:
    thread = world.ask().thread
    world.handle(human(HERE, thread))
    world.laptop.adapters.threads.erase(DocumentId("leave.md"))
    (message,) = world.desk.messages
    world.handle(resolved(HERE, thread, "ben", message.reference))

    (said,) = world.said(SaidHandOver)
    assert (said.question, said.found, said.links) == ("", "", ())
    assert (said.asked_by, said.resolved_by) == ("ada", "ben")


def test_nobody_learns_what_was_asked_elsewhere_by_saying_that_it_is_resolved(
    world: Beside,
) -> None:
    thread = world.ask().thread
    world.handle(human(HERE, thread))
    (asked,) = world.desk.messages
    world.handle(resolved(DIRECT, thread, "cem", asked.reference))

    assert isinstance(asked.said, SaidHandOver)
    assert asked.said.resolved_by == ""
    assert ASKED not in str([each.said for each in world.desk.messages if each is not asked])
    assert [said for _, said in kept(world)] == [HandOver.ASKED]
    world.handle(resolved(HERE, thread, "ben", asked.reference))
    assert asked.said.resolved_by == "ben"


def test_nothing_else_becomes_a_resolved_question(world: Beside) -> None:
    thread, other = world.ask().thread, world.ask(replace(HERE, thread="16.1")).thread
    for each in (thread, other):
        world.handle(human(HERE, each))
    first, second = world.desk.messages
    world.handle(resolved(HERE, other, "ben", first.reference))

    assert isinstance(first.said, SaidHandOver)
    assert (first.said.resolved_by, second.said.resolved_by) == ("", "ben")


ALONE = Place("slack", "T1", "DHELP", "")


def alone_with(world: Beside, *conversations: str) -> None:
    """Have nobody who helps be in these; who helps has talked to the bot alone."""
    world.desk.conversations["DHELP"] = Readers((person("cem"),))
    for conversation in conversations:
        world.desk.calling[conversation] = Called(alone=ALONE)


def test_those_of_a_group_who_read_along_are_mentioned(world: Beside) -> None:
    world.desk.calling["C1"] = Called(("ben", "cem"))
    world.handle(human(HERE, world.ask().thread))

    (said,) = world.said(SaidHandOver)
    assert (said.helpers, said.unheard) == (("ben", "cem"), False)


def test_where_nobody_of_them_reads_along_they_are_asked_where_they_do(world: Beside) -> None:
    thread = world.ask().thread
    world.desk.calling["C1"] = Called()
    for who in ("ada", "ben"):
        world.handle(human(HERE, thread, who))

    asked, told = world.desk.messages
    assert (asked.place.conversation, asked.place.thread) == (APPROVALS, "")
    assert told.place == HERE
    assert "passed your question on" in str(told.said)


@pytest.mark.parametrize("place", [HERE, DIRECT])
@pytest.mark.parametrize("approvals", [True, False])
def test_a_person_who_reads_along_nowhere_is_asked_alone(
    world: Beside, place: Place, approvals: bool
) -> None:
    rules = RULES if approvals else {"helpers": "cem"}
    world.say_rules(chat={"slack": rules})
    alone_with(world, place.conversation, APPROVALS)
    world.handle(human(place, world.ask(place).thread))

    asked, told = world.desk.messages
    assert asked.place == ALONE
    assert isinstance(asked.said, SaidHandOver)
    assert (asked.said.question, bool(asked.said.found)) == (ASKED, True)
    assert told.place == place


def test_alone_with_it_who_helps_sees_nothing_that_they_may_not_read(world: Beside) -> None:
    hide(world, "leave.md")
    world.laptop.work()
    alone_with(world, "D1", APPROVALS)
    world.handle(human(DIRECT, world.ask(DIRECT, "ada", "hr").thread))

    (said,) = world.said(SaidHandOver)
    assert (said.found, said.links, said.question) == ("", (), ASKED)


@pytest.mark.parametrize("found", [Called(), DeliveryError("a permission is missing")])
def test_where_nobody_can_be_called_it_is_said_there_and_why(
    world: Beside, caplog: pytest.LogCaptureFixture, found: Called | DeliveryError
) -> None:
    world.say_rules(chat={"slack": {"helpers": "SHELP"}})
    if isinstance(found, Called):
        world.desk.calling["C1"] = found
    else:
        world.desk.fail("called", found)
    world.handle(human(HERE, world.ask().thread))

    (said,) = world.said(SaidHandOver)
    assert (said.helpers, said.unheard) == (("SHELP",), True)
    why = [str(getattr(each, "why", "")) for each in caplog.records]
    assert any("`approvals`" in each for each in why)


def test_in_private_without_a_place_the_asker_hears_why_and_the_operator_too(
    world: Beside, caplog: pytest.LogCaptureFixture
) -> None:
    thread = world.ask(DIRECT).thread
    world.say_rules(chat={"slack": {"helpers": "SHELP"}})
    world.handle(human(DIRECT, thread))

    (told,) = world.said(SaidNotice)
    assert "do not read along here" in told.text
    why = [str(getattr(each, "why", "")) for each in caplog.records]
    assert any("`approvals`" in each for each in why)


def test_while_helpers_cannot_be_looked_up_the_click_is_delivered_again(world: Beside) -> None:
    thread = world.ask().thread
    world.desk.fail("called", TransientError("away"), times=2)
    with pytest.raises(TransientError):
        world.handle(human(HERE, thread))
    assert world.desk.messages == []

    world.desk.calling[APPROVALS] = Called()
    world.handle(human(HERE, thread), last=True)
    (said,) = world.said(SaidHandOver)
    assert said.unheard


def test_where_the_bot_sees_only_what_is_said_to_it_that_is_proposed(world: Beside) -> None:
    reply = world.ask()
    world.handle(human(HERE, reply.thread))
    said = Question("It is 31 days.", Asker(person("ben").asker, EVERYONE), place=HERE)
    world.laptop.services.answering.answer(said)
    world.ask(HERE, "cem")
    (message,) = world.desk.messages
    world.handle(resolved(HERE, reply.thread, "ben", message.reference))

    (case,) = world.laptop.services.cases.list(EVERYONE)
    assert (case.question, case.proposals) == (ASKED, ("It is 31 days.",))


def test_where_nothing_was_said_to_it_nothing_is_proposed(world: Beside) -> None:
    reply = world.ask()
    world.handle(human(HERE, reply.thread))
    world.ask(HERE, "ada")
    (message,) = world.desk.messages
    world.handle(resolved(HERE, reply.thread, "ada", message.reference))

    assert world.laptop.services.cases.list(EVERYONE) == []
