"""What happens in Teams, as what happens in chats."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.teams.state import CLIENT_ID
from tests.teams_requests import (
    ANN,
    ANNS_ACCOUNT,
    BOT,
    CHANNEL,
    GROUP,
    PERSONAL,
    TENANT,
    activity,
    mention,
)
from wellread.adapters.chat import buttons
from wellread.adapters.chat.arrivals import Taken
from wellread.adapters.chat.fields import Fields, MalformedError
from wellread.adapters.chat.teams.activities import ActivityFields, Arrival, Told, take_activity
from wellread.adapters.chat.teams.clicks import take_invoke
from wellread.adapters.chat.teams.words import words_of
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import (
    BotAdded,
    ChatEvent,
    FileDecided,
    FilesShared,
    HandOverResolved,
    HumanAsked,
    QuestionAsked,
    QuestionDeleted,
    VerdictGiven,
    event_of_message,
)

QUESTION = "How long may a book be borrowed?"
THREAD = f"{CHANNEL};messageid=1699999999999"
MENTIONED = {"text": f"<at>wellread</at> {QUESTION}", "entities": [mention()]}
BARELY_MENTIONED = {**MENTIONED, "text": "<at>wellread</at>"}


def told(made: dict[str, Any]) -> Told:
    return Told(Arrival("c1", 1.0), ActivityFields(made), TENANT, CLIENT_ID)


def events(made: dict[str, Any]) -> tuple[ChatEvent, ...]:
    found = take_activity(told(made))
    assert all(event_of_message(json.loads(json.dumps(e.as_message()))) == e for e in found)
    return found


def event(made: dict[str, Any]) -> Any:
    (found,) = events(made)
    return found


def invoked(name: str, value: dict[str, Any], at: str = PERSONAL, **more: Any) -> Taken:
    changes = {"name": name, "value": value, "replyToId": "1700000000777", "text": None, **more}
    return take_invoke(told(activity("invoke", at, **changes)))


def test_what_is_said_in_a_personal_chat_is_a_question_of_that_chat() -> None:
    question = event(activity())
    assert isinstance(question, QuestionAsked)
    assert (question.text, question.addressed, question.direct) == (QUESTION, True, True)
    assert question.place == Place("teams", TENANT, PERSONAL, "")
    assert (question.person.id, question.key.message) == (ANN, "1700000000001")


def test_a_mention_in_a_channel_begins_a_thread_and_one_in_a_thread_stays_in_it() -> None:
    alone = event(activity(at=CHANNEL, **MENTIONED))
    assert alone.place == Place("teams", TENANT, CHANNEL, "1700000000001")
    first = event(activity(at=f"{CHANNEL};messageid=1700000000001", **MENTIONED))
    assert first.place == alone.place
    later = event(activity(at=THREAD, **MENTIONED))
    assert later.place == Place("teams", TENANT, CHANNEL, "1699999999999")
    assert (later.text, later.addressed, later.direct) == (QUESTION, True, False)
    assert later.group != alone.group


def test_a_group_chat_is_one_place_for_all_who_ask_there() -> None:
    ann = event(activity(at=GROUP, **MENTIONED))
    ben = {"id": "29:1ben", "name": "Ben"}
    other = event(activity(at=GROUP, id="1700000000002", **MENTIONED, **{"from": ben}))
    assert ann.place == other.place == Place("teams", TENANT, GROUP, "")
    assert (ann.person.id, other.person.id) == (ANN, "29:1ben")
    assert not ann.direct


def test_an_id_in_capitals_is_of_the_same_person() -> None:
    asked = told(activity() | {"from": {"id": ANNS_ACCOUNT, "aadObjectId": ANN.upper()}})
    (question,) = take_activity(asked)
    assert question.person.id == asked.reference.person == ANN


def test_a_kind_of_conversation_that_is_not_told_is_none_where_one_is_alone() -> None:
    bare = {"id": PERSONAL, "tenantId": TENANT}
    assert not event(activity(conversation=bare)).direct
    odd = bare | {"conversationType": "PERSONAL"}
    assert not event(activity(conversation=odd)).direct


def test_what_is_not_said_to_the_bot_is_told_apart() -> None:
    assert events(activity(at=CHANNEL)) == ()
    said = event(activity(at=THREAD))
    assert (said.addressed, said.to_others) == (False, False)
    to_ben = [mention("Ben", "29:1ben")]
    said = event(activity(at=THREAD, text="<at>Ben</at> what do you say?", entities=to_ben))
    assert (said.addressed, said.to_others, said.text) == (False, True, "Ben what do you say?")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<at>wellread</at> How long?", "How long?"),
        ("<at>wellread</at>, how long?", "how long?"),
        ("<at>wellread</at>&nbsp;a &lt; b &amp; c?\n", "a < b & c?"),
        ("How long, <at>wellread</at>?", "How long, ?"),
        ("<at>Ben</at> and <at>wellread</at>: how long?", "Ben and : how long?"),
        ('<at id="0">wellread</at> how long?', "wellread how long?"),
        ("<at>wellread", "<at>wellread"),
        ("<at>" * 5_000, "<at>" * 5_000),
    ],
)
def test_the_words_are_without_what_they_are_written_in(text: str, words: str) -> None:
    entities = [
        Fields(mention()),
        Fields(mention("Ben", "29:1ben")),
        Fields({"type": "clientInfo"}),
    ]
    assert words_of(text, entities, {BOT}).text == words


@pytest.mark.parametrize(
    "sender",
    [
        {"id": BOT, "name": "wellread"},
        {"id": "28:another-bot"},
        {"id": "29:1bot", "role": "bot"},
        {"id": f"28:{CLIENT_ID}", "aadObjectId": ANN},
    ],
)
@pytest.mark.parametrize("kind", ["message", "messageUpdate", "messageDelete"])
def test_bots_and_itself_are_never_answered(sender: dict[str, str], kind: str) -> None:
    for data in ("editMessage", "softDeleteMessage"):
        made = activity(kind, channelData={"tenant": {"id": TENANT}, "eventType": data})
        assert events(made | {"from": sender}) == ()
    assert take_invoke(told(activity("invoke", name="x") | {"from": sender})).events == ()


def changed(kind: str, event_type: str, at: str = PERSONAL, **changes: Any) -> dict[str, Any]:
    made = activity(kind, at, **changes)
    return made | {"channelData": made["channelData"] | {"eventType": event_type}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<div><p>How <b>long</b>?</p></div>", "How long?"),
        ("How long<br/>may it be?", "How long\nmay it be?"),
        ("<code>a &lt; b</code>?", "a < b?"),
        ("a < b", "a < b"),
    ],
)
def test_what_is_written_in_tags_is_read_without_them(text: str, words: str) -> None:
    question = event(activity(text=text, textFormat="xml"))
    assert isinstance(question, QuestionAsked)
    assert question.text == words


def test_tags_in_plain_words_are_words() -> None:
    question = event(activity(text="What is &lt;b&gt;?", textFormat="plain"))
    assert isinstance(question, QuestionAsked)
    assert question.text == "What is <b>?"


def test_an_edit_that_addresses_the_bot_is_a_question_with_the_same_key() -> None:
    edited = event(changed("messageUpdate", "editMessage", THREAD, **MENTIONED))
    assert isinstance(edited, QuestionAsked)
    assert edited.key == event(activity(at=THREAD, **MENTIONED)).key
    assert events(changed("messageUpdate", "editMessage", THREAD)) == ()
    assert events(changed("messageUpdate", "undeleteMessage", THREAD, **MENTIONED)) == ()


def test_a_deletion_takes_the_question_with_the_same_key_back() -> None:
    gone = event(changed("messageDelete", "softDeleteMessage", text=None))
    assert isinstance(gone, QuestionDeleted)
    assert gone.key == event(activity()).key
    assert gone.group == event(activity()).group


def test_being_added_is_told_twice_and_is_one_happening() -> None:
    both = [
        event(activity("installationUpdate", CHANNEL, action="add", id="f:1")),
        event(activity("conversationUpdate", CHANNEL, membersAdded=[{"id": BOT}], id="f:2")),
    ]
    assert all(isinstance(each, BotAdded) for each in both)
    assert len({each.deduplication for each in both}) == 1
    assert both[0].place == Place("teams", TENANT, CHANNEL, "")


@pytest.mark.parametrize(
    "made",
    [
        activity("installationUpdate", action="remove"),
        activity("installationUpdate", action="add-upgrade"),
        activity("conversationUpdate", GROUP, membersAdded=[{"id": ANNS_ACCOUNT}]),
        activity("conversationUpdate", GROUP, membersRemoved=[{"id": BOT}]),
        activity("messageReaction", reactionsAdded=[{"type": "like"}]),
        activity("typing"),
        activity("endOfConversation"),
        activity("__proto__"),
    ],
)
def test_what_is_no_affair_of_ours_comes_to_nothing(made: dict[str, Any]) -> None:
    assert events(made) == ()


def test_a_shared_channel_and_people_of_elsewhere_are_external() -> None:
    data = {"tenant": {"id": TENANT}, "team": {"id": "19:t"}, "channel": {"type": "shared"}}
    assert event(activity(at=THREAD, **MENTIONED, channelData=data)).external
    sender = {"id": "29:1eve", "tenantId": "another"}
    assert event(activity(at=GROUP, **MENTIONED) | {"from": sender}).external
    assert not event(activity(at=THREAD, **MENTIONED)).external


FILE = {
    "contentType": "application/vnd.microsoft.teams.file.download.info",
    "name": "fees.pdf",
    "content": {"downloadUrl": "https://contoso.example/f?tempauth=x", "uniqueId": "ABC"},
}


def test_a_file_in_a_personal_chat_is_given_to_the_bot_and_words_beside_it_are_a_question() -> None:
    html = {"contentType": "text/html", "content": "<p>Hi</p>"}
    shared, question = events(activity(attachments=[html, FILE]))
    assert isinstance(shared, FilesShared)
    (file,) = shared.files
    assert (file.name, file.url, file.problem) == ("fees.pdf", FILE["content"]["downloadUrl"], "")
    assert isinstance(question, QuestionAsked)
    assert isinstance(event(activity(text="", attachments=[FILE])), FilesShared)


@pytest.mark.parametrize("place", [GROUP, THREAD])
def test_a_file_elsewhere_is_given_to_the_bot_where_it_is_mentioned_without_words(
    place: Any,
) -> None:
    shared = event(activity(at=place, **BARELY_MENTIONED, attachments=[FILE]))
    assert isinstance(shared, FilesShared)
    assert not shared.direct
    asked = event(activity(at=place, **MENTIONED, attachments=[FILE]))
    assert isinstance(asked, QuestionAsked)
    found = events(activity(at=place, text="Look here.", attachments=[FILE]))
    assert not [each for each in found if isinstance(each, FilesShared)]


@pytest.mark.parametrize(
    ("attachment", "problem"),
    [
        ({"contentType": "reference", "name": "a.docx", "contentUrl": "https://x"}, "OneDrive"),
        ({**FILE, "content": {}}, "does not say where"),
    ],
)
def test_why_a_file_cannot_be_fetched_is_said(attachment: dict[str, Any], problem: str) -> None:
    (file,) = event(activity(text="", attachments=[attachment])).files
    assert problem in file.problem


def test_a_picture_pasted_into_a_question_is_none() -> None:
    picture = {"contentType": "image/png", "contentUrl": "https://smba.example.com/i/1"}
    assert isinstance(event(activity(attachments=[picture])), QuestionAsked)


def test_a_pasted_picture_is_a_file() -> None:
    picture = {"contentType": "image/png", "contentUrl": "https://smba.example.com/i/1"}
    (file,) = event(activity(text="", attachments=[picture])).files
    assert file.name == "picture.png"


def judged(reaction: str, feedback: object, **more: Any) -> Taken:
    given = {"reaction": reaction, "feedback": feedback}
    value = {"actionName": "feedback", "actionValue": given}
    return invoked("message/submitAction", value, **more)


@pytest.mark.parametrize(
    ("feedback", "reason"),
    [
        ('{"feedbackText":"It is 31."}', "It is 31."),
        ({"feedbackText": "It is 31."}, "It is 31."),
        ("It is 31.", "It is 31."),
        ('{"feedbackText":""}', None),
        ({}, None),
        ("{}", None),
        (None, None),
        ([1], None),
    ],
)
def test_feedback_is_a_verdict_on_the_message_in_whatever_shape_it_comes(
    feedback: object, reason: str | None
) -> None:
    taken = judged("dislike", feedback)
    (given,) = taken.events
    assert isinstance(given, VerdictGiven)
    assert (given.verdict, given.reason) == ("down", reason)
    assert (given.reference, given.thread, given.turn) == ("1700000000777", "", 0)
    assert taken.answer == {}


def test_people_change_their_minds() -> None:
    first, second = (
        judged(reaction, "", id=reaction).events[0] for reaction in ("like", "dislike")
    )
    assert isinstance(first, VerdictGiven)
    assert first.verdict == "up"
    assert first.deduplication != second.deduplication
    assert judged("sideways", "").events == ()


def test_feedback_may_name_no_message() -> None:
    (given,) = judged("like", "", replyToId=None).events
    assert isinstance(given, VerdictGiven)
    assert given.reference == ""


def clicked(name: str, value: str | None, *, verb: bool = False) -> Taken:
    data = {"value": value} if verb else {"action": name, "value": value}
    action = {"type": "Action.Execute", "verb": name if verb else "", "data": data}
    return invoked("adaptiveCard/action", {"action": action, "trigger": "manual"}, at=THREAD)


ABOUT = buttons.reply_value("thread-1", 2)


@pytest.mark.parametrize("verb", [True, False])
@pytest.mark.parametrize(
    ("name", "kind"), [(buttons.HUMAN, HumanAsked), (buttons.RESOLVED, HandOverResolved)]
)
def test_a_click_on_a_card_is_what_its_button_says(
    name: str, kind: type[ChatEvent], verb: bool
) -> None:
    taken = clicked(name, ABOUT, verb=verb)
    (found,) = taken.events
    assert isinstance(found, kind)
    assert (found.thread, found.turn) == ("thread-1", 2)
    assert found.place.thread == "1699999999999"
    assert taken.answer is not None
    assert taken.answer["statusCode"] == 200
    assert taken.answer["type"] == "application/vnd.microsoft.activity.message"
    assert taken.answer["value"]


def test_a_decision_about_a_file_names_its_card() -> None:
    for name, approved in ((buttons.APPROVE, True), (buttons.REJECT, False)):
        (found,) = clicked(name, buttons.text_value("request-1")).events
        assert isinstance(found, FileDecided)
        assert (found.approved, found.request) == (approved, "request-1")
        assert found.reference == "1700000000777"


def test_a_suggested_question_is_asked() -> None:
    (found,) = clicked(buttons.SUGGESTED, buttons.text_value(QUESTION)).events
    assert isinstance(found, QuestionAsked)
    assert (found.text, found.addressed) == (QUESTION, True)


def test_a_click_that_comes_as_a_message_is_the_same_click() -> None:
    data = {"action": buttons.HUMAN, "value": ABOUT, "msteams": {}}
    made = activity(at=THREAD, text=None, value=data, replyToId="1700000000777")
    assert event(made).deduplication == clicked(buttons.HUMAN, ABOUT).events[0].deduplication


@pytest.mark.parametrize("value", [None, "", "{}", "[]", '{"thread": 1}', "x" * 5_000])
@pytest.mark.parametrize("name", [buttons.HUMAN, buttons.APPROVE, buttons.SUGGESTED, "", "rm"])
def test_a_button_that_we_did_not_make_says_nothing(name: str, value: str | None) -> None:
    taken = clicked(name, value)
    assert taken.events == ()
    assert taken.answer is not None
    assert "Ask the question again" in taken.answer["value"]


@pytest.mark.parametrize("sender", [None, "29:1ann", {}, {"name": "nobody"}, {"id": 7}])
def test_words_that_nobody_said_are_malformed(sender: object) -> None:
    with pytest.raises(MalformedError):
        events(activity() | {"from": sender})


def test_a_click_that_names_no_message_is_malformed() -> None:
    action = {"verb": buttons.HUMAN, "data": {"value": ABOUT}}
    with pytest.raises(MalformedError):
        invoked("adaptiveCard/action", {"action": action}, replyToId=None)


@pytest.mark.parametrize("name", ["fileConsent/invoke", "task/fetch", "composeExtension/query", ""])
def test_any_other_invoke_is_answered_and_comes_to_nothing(name: str) -> None:
    assert invoked(name, {"action": "accept"}) == Taken((), {})
