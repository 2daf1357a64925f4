"""What Teams sends is known for its own, enqueued, answered; nothing comes of anything else."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.doubles import Counts, SetClock
from tests.slack_requests import KeptQuestions
from tests.teams.keys import signed
from tests.teams.state import CLIENT_ID
from tests.teams_requests import (
    ANN,
    ANNS_ACCOUNT,
    ATTACKS,
    BOT,
    CHANNEL,
    KNOWN,
    PERSONAL,
    SERVICE_URL,
    TENANT,
    Keys,
    activity,
    sent,
)
from wellread.adapters.chat.teams.front import TeamsFront
from wellread.adapters.chat.teams.keys import (
    AGAIN_SECONDS,
    FAILED_SECONDS,
    FRESH_SECONDS,
    KEPT_SECONDS,
    MOST_TOGETHER,
    ConnectorKeys,
)
from wellread.domain.chat.events import QuestionAsked, event_of_message
from wellread.domain.chat.references import ConversationReference
from wellread.domain.knowledge.errors import TransientError


class KeptReferences:
    """What keeps where conversations are, and may be away."""

    def __init__(self) -> None:
        self.kept: list[ConversationReference] = []
        self.away = False

    def keep(self, reference: ConversationReference) -> None:
        if self.away:
            raise TransientError("the references are away")
        self.kept.append(reference)

    def of_conversation(self, *_: str) -> ConversationReference | None:
        raise AssertionError("nobody is answered here")

    of_person = of_conversation


class Door:
    """A front, and what went through it."""

    def __init__(self, bot: tuple[str, str] | None = (CLIENT_ID, TENANT)) -> None:
        self.questions, self.references = KeptQuestions(), KeptReferences()
        self.keys, self.counts, self.made = Keys(), Counts(), 0
        self.front = TeamsFront(
            bot,
            ConnectorKeys(SERVICE_URL, clock=time.time, fetch=self.keys),
            self._queue,
            lambda: self.references,
            clock=time.time,
            meter=self.counts,
        )

    def _queue(self) -> KeptQuestions:
        self.made += 1
        return self.questions

    def status(self, event: dict[str, Any]) -> int:
        return int(self.front.answer(event)["statusCode"])


def test_there_are_as_many_attacks_as_were_promised() -> None:
    assert len(ATTACKS) >= 40


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_and_nothing_comes_of_it(attack: str) -> None:
    door = Door()
    make, status = ATTACKS[attack]
    answer = door.front.answer(make())
    assert (answer["statusCode"], answer["body"]) == (status, "")
    assert (door.questions.put_in, door.references.kept, door.made) == ([], [], 0)
    assert door.keys.fetched <= 1


def test_what_teams_sends_is_taken_and_where_it_came_from_is_kept() -> None:
    door = Door()
    assert door.status(sent(activity())) == 200
    (event,) = door.questions.put_in
    assert isinstance(event, QuestionAsked)
    (reference,) = door.references.kept
    assert (reference.address, reference.conversation) == (SERVICE_URL, PERSONAL)
    assert (reference.kind, reference.bot) == ("personal", BOT)
    assert (reference.person, reference.account) == (ANN, ANNS_ACCOUNT)


def test_a_channel_is_kept_with_its_team_and_without_its_thread() -> None:
    door = Door()
    entities = [{"type": "mention", "mentioned": {"id": BOT}, "text": "<at>wellread</at>"}]
    thread = f"{CHANNEL};messageid=1699999999999"
    assert door.status(sent(activity(at=thread, entities=entities))) == 200
    (reference,) = door.references.kept
    assert (reference.conversation, reference.kind) == (CHANNEL, "channel")
    assert reference.group == "19:team@thread.tacv2"


def test_the_tenant_may_be_named_in_either_place_and_spelling() -> None:
    for changes in (
        {"channelData": None},
        {"conversation": {"id": PERSONAL, "conversationType": "personal"}},
        {"channelData": {"tenant": {"id": TENANT.upper()}}},
    ):
        door = Door()
        assert door.status(sent(activity(**changes))) == 200
        assert door.questions.put_in[0].key.team == TENANT


def test_a_clock_that_is_minutes_ahead_of_ours_is_no_reason_to_refuse() -> None:
    now = int(time.time())
    assert Door().status(sent(activity(), f"Bearer {signed(SERVICE_URL, nbf=now + 200)}")) == 200


def test_where_teams_is_off_there_is_no_such_path() -> None:
    assert Door(bot=None).status(sent(activity())) == 404


@pytest.mark.parametrize("what", ["questions", "references"])
def test_what_cannot_be_taken_is_said_to_be_sent_again(what: str) -> None:
    door = Door()
    getattr(door, what).away = True
    assert door.status(sent(activity())) == 503
    assert door.questions.put_in == []
    assert door.counts.sum("ChatNotTaken") == 1


def test_while_no_keys_can_be_had_nobody_is_refused_for_good() -> None:
    door = Door()
    door.keys.away = True
    assert door.status(sent(activity())) == 503
    assert door.questions.put_in == []


def test_what_is_plainly_wrong_with_a_token_needs_no_keys() -> None:
    door = Door()
    assert door.status(sent(activity(), f"Bearer {signed(SERVICE_URL, aud='another')}")) == 401
    assert door.keys.fetched == 0


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    ),
    st.sampled_from(
        [*activity(), "value", "entities", "attachments", "name", "replyToId", "action"]
    ),
    st.sampled_from(
        [
            "message",
            "messageUpdate",
            "messageDelete",
            "invoke",
            "conversationUpdate",
            "installationUpdate",
        ]
    ),
)
def test_nothing_that_teams_could_send_breaks_anything(value: Any, name: str, kind: str) -> None:
    assert Door().status(sent({**activity(kind), name: value})) in (200, 400, 401, 403)


MENTION = {"type": "mention", "mentioned": {"id": BOT}, "text": "<at>wellread</at>"}
FILE = {
    "contentType": "application/vnd.microsoft.teams.file.download.info",
    "name": "a.md",
    "content": {"downloadUrl": "https://x.sharepoint.com/a", "uniqueId": "1", "fileSize": 1},
}
FEEDBACK = {"actionName": "feedback", "actionValue": {"reaction": "like", "feedback": "{}"}}
CARD = {"action": {"verb": "human", "data": {"action": "human", "value": '{"thread": "t"}'}}}
WHOLE = [
    {**activity(), "entities": [MENTION], "attachments": [FILE]},
    {**activity("invoke"), "name": "message/submitAction", "replyToId": "1", "value": FEEDBACK},
    {**activity("invoke"), "name": "adaptiveCard/action", "replyToId": "1", "value": CARD},
    {**activity("conversationUpdate"), "membersAdded": [{"id": BOT}]},
]
ODD: list[Any] = [None, True, 0, -1, 10**30, 1e308, "", "x", [], {}, [[]], [None], {"id": {}}]
ODD += ["\ud800", "\u202e", "\0", "a" * 20_000, "28:", "<at>" * 500]
ODD += ['{"thread": "\\ud800", "turn": 1}', '{"text": "\\ud800"}']


def places(held: Any) -> Iterator[tuple[Any, Any]]:
    """Each object or list in something, with each of its keys."""
    if isinstance(held, dict | list):
        for key, inner in held.items() if isinstance(held, dict) else enumerate(held):
            yield held, key
            yield from places(inner)


@given(
    st.sampled_from(WHOLE),
    st.lists(st.tuples(st.randoms(), st.sampled_from(ODD)), min_size=1, max_size=3),
)
def test_nothing_in_any_place_of_an_activity_breaks_anything(
    whole: dict[str, Any], changes: list[tuple[Random, Any]]
) -> None:
    door, made = Door(), copy.deepcopy(whole)
    address = made["serviceUrl"]
    for random, odd in changes:
        held, key = random.choice(list(places(made)))
        held[key] = copy.deepcopy(odd)
    status = door.status(sent({**made, "serviceUrl": address}))
    assert status in (200, 400, 403)
    assert status == 200 or (door.questions.put_in, door.references.kept) == ([], [])
    for event in door.questions.put_in:
        stored = json.dumps(event.as_message(), ensure_ascii=False).encode()
        assert event_of_message(json.loads(stored)) == event


@pytest.mark.parametrize("name", ["human", "resolved", "approve", "suggested"])
def test_a_button_carries_nothing_that_cannot_be_stored(name: str) -> None:
    value = json.dumps({"text": "\ud800", "thread": "\ud800", "turn": 1, "verdict": ""})
    card = {"action": {"verb": name, "data": {"action": name, "value": value}}}
    door, kind = Door(), "adaptiveCard/action"
    clicked = {**activity("invoke"), "name": kind, "replyToId": "1", "value": card}
    assert door.status(sent(clicked)) == 200
    assert door.questions.put_in == []


class Watched:
    """Keys, what serves them, and a clock that stands still."""

    def __init__(self) -> None:
        self.serves, self.clock = Keys(), SetClock()
        self.keys = ConnectorKeys(
            "https://x.example/v1/openid", clock=self.clock, fetch=self.serves
        )


def test_keys_are_fetched_once_and_anew_when_they_are_old() -> None:
    watched = Watched()
    for _ in range(50):
        assert watched.keys.key(KNOWN) is not None
    assert watched.serves.fetched == 1
    watched.clock.now += FRESH_SECONDS + 1
    assert watched.keys.key(KNOWN) is not None
    assert watched.serves.fetched == 2


def test_a_key_that_nobody_has_is_looked_for_once_in_a_while() -> None:
    watched = Watched()
    for _ in range(100):
        assert watched.keys.key("forged") is None
    assert watched.serves.fetched == 1
    watched.clock.now += AGAIN_SECONDS + 1
    assert watched.keys.key("forged") is None
    assert watched.serves.fetched == 2


def test_forged_keys_neither_delay_a_rotation_nor_have_keys_fetched_without_end() -> None:
    watched = Watched()
    watched.keys.key(KNOWN)
    for number in range(10):
        assert watched.keys.key(f"forged-{number}") is None
    watched.serves.kids = ["key-2"]
    assert watched.keys.key("key-2") is not None
    assert watched.keys.key(KNOWN) is None
    for number in range(500):
        assert watched.keys.key(f"more-{number}") is None
    assert watched.serves.fetched <= MOST_TOGETHER
    watched.serves.kids = ["key-3"]
    assert watched.keys.key("key-3") is None
    watched.clock.now += 1
    assert watched.keys.key("key-3") is not None


def test_keys_stay_known_for_a_day_while_no_newer_ones_can_be_had() -> None:
    watched = Watched()
    watched.keys.key(KNOWN)
    watched.serves.away = True
    watched.clock.now += KEPT_SECONDS - 1
    for _ in range(20):
        assert watched.keys.key(KNOWN) is not None
    assert watched.serves.fetched == 2
    watched.clock.now += FAILED_SECONDS + 2
    with pytest.raises(TransientError):
        watched.keys.key(KNOWN)


def test_many_at_a_time_fetch_keys_once() -> None:
    watched = Watched()
    with ThreadPoolExecutor(20) as threads:
        found = list(threads.map(watched.keys.key, [KNOWN] * 200))
    assert all(found)
    assert watched.serves.fetched == 1


@pytest.mark.parametrize(
    "document",
    [b"", b"[]", b"{}", b'{"keys": 1}', b'{"keys": [1, {}, {"kty": "RSA", "kid": "key-1"}]}'],
)
def test_keys_that_are_none_are_none(document: bytes) -> None:
    keys = ConnectorKeys("https://x.example/", clock=SetClock(), fetch=lambda _url: document)
    try:
        assert keys.key(KNOWN) is None
    except TransientError:
        assert b'"key-1"' not in document


@pytest.mark.parametrize(
    "change",
    [{"endorsements": ["webchat"]}, {"use": "enc"}, {"kty": "oct"}, {"endorsements": "msteams"}],
)
def test_a_key_that_is_for_something_else_is_not_taken(change: dict[str, Any]) -> None:
    def fetch(url: str) -> bytes:
        served = json.loads(Keys()(url))
        served["keys"][0] |= change
        return json.dumps(served).encode()

    assert ConnectorKeys("https://x.example/", clock=SetClock(), fetch=fetch).key(KNOWN) is None


def test_keys_are_beside_the_openid_document() -> None:
    asked: list[str] = []
    serves = Keys()

    def fetch(url: str) -> bytes:
        asked.append(url)
        return serves(url)

    url = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    ConnectorKeys(url, clock=SetClock(), fetch=fetch).key(KNOWN)
    assert asked == ["https://login.botframework.com/v1/.well-known/keys"]
