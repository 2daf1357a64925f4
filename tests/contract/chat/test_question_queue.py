"""What every question queue does with what happens in chats."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import (
    ChatEvent,
    FilesShared,
    MessageKey,
    Person,
    QuestionAsked,
    QuestionDeleted,
    SharedFile,
)

AWKWARD = "one\ntwo \0\x1f \ud800 \udcff 😀 \U0010ffff \x85 ﷽"


def asked(message: str, thread: str = "t1", text: str = "How long may I borrow a book?"):
    return QuestionAsked(
        MessageKey("slack", "T1", "C1", message),
        Place("slack", "T1", "C1", thread),
        Person("slack", "T1", "U1"),
        direct=False,
        external=False,
        correlation=f"c-{message}",
        at=1_800_000_000.25,
        text=text,
    )


def taken(questions, most: int = 20) -> list[ChatEvent]:
    """All that can be taken now, none of it done."""
    found = []
    while len(found) < most and (delivery := questions.take()) is not None:
        found.append(delivery.event)
    return found


@pytest.mark.parametrize("text", ["", AWKWARD, "😀" * 4000])
def test_an_event_arrives_as_it_was_put(questions, text):
    event = asked("1", text=text)
    questions.queue.put(event)

    assert taken(questions) == [event]


def test_ids_that_no_platform_should_have_arrive_too(questions):
    key = MessageKey("slack", AWKWARD, "C" * 500, "")
    event = FilesShared(
        key,
        Place("slack", AWKWARD, "C" * 500, AWKWARD),
        Person("slack", AWKWARD, ""),
        direct=True,
        external=True,
        correlation=AWKWARD,
        at=0.0,
        files=(SharedFile("F1", AWKWARD, 0, "https://files.example/1", "it is gone"),),
    )
    questions.queue.put(event)

    assert taken(questions) == [event]


def test_events_of_a_thread_are_delivered_one_after_another(questions):
    events = [asked(str(number)) for number in range(5)]
    for event in events:
        questions.queue.put(event)

    for event in events:
        delivery = questions.take()
        assert delivery.event == event
        assert questions.take() is None
        delivery.done()
    assert questions.take() is None


def test_threads_do_not_wait_for_each_other(questions):
    for number in range(3):
        for thread in ("t1", "t2", "t3"):
            questions.queue.put(asked(f"{thread}-{number}", thread))

    assert [event.key.message for event in taken(questions)] == ["t1-0", "t2-0", "t3-0"]


def test_what_follows_an_event_that_failed_waits_for_it(questions):
    questions.queue.put(asked("1"))
    questions.queue.put(asked("2"))
    questions.queue.put(asked("3", "t2"))

    questions.take().again(600)
    assert [event.key.message for event in taken(questions)] == ["3"]


def test_an_event_that_failed_comes_again_before_what_follows_it(questions):
    questions.queue.put(asked("1"))
    questions.queue.put(asked("2"))

    questions.take().again(0)
    again = questions.take()
    assert again.event.key.message == "1"
    assert questions.take() is None
    again.done()
    assert questions.take().event.key.message == "2"


def test_the_same_happening_is_delivered_once_however_often_it_is_told(questions):
    event = asked("1")
    for _ in range(3):
        questions.queue.put(event)
    questions.queue.put(asked("1", text="Other words of the same message"))
    delivery = questions.take()
    questions.queue.put(event)

    assert delivery.event == event
    assert taken(questions) == []
    delivery.again(0)
    assert taken(questions) == [event]


def test_another_kind_of_happening_to_the_same_message_is_another(questions):
    question = asked("1")
    gone = QuestionDeleted(
        question.key, question.place, question.person, False, False, "c-2", 1_800_000_001.0
    )
    questions.queue.put(question)
    questions.queue.put(gone)

    questions.take().done()
    assert questions.take().event == gone


def test_of_many_that_put_the_same_at_once_one_does(questions):
    events = [asked(str(number % 5), f"t{number % 5}") for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(questions.queue.put, events))

    assert sorted(event.key.message for event in taken(questions)) == list("01234")
