"""People of a Teams tenant: who is called to help, who may not sign in, who is welcomed, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.chat_desk import Killed
from tests.doubles import Counts
from tests.functional.chat.doomed import Fate, Mortal
from tests.functional.chat.teams_office import CHAT, Office, running_office
from tests.functional.chat.test_scope_in_slack import ACCESS, SECRETS
from tests.teams.activities import activity, click, message
from tests.teams.seen import seen
from tests.teams.shapes import Message
from tests.teams.tenant import TeamsTenant
from wellread.bootstrap.chat import references_of, teams_platform
from wellread.bootstrap.chat_services import chat_of
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import BotAdded, MessageKey, Person
from wellread.domain.chat.references import ConversationReference
from wellread.domain.knowledge.deliveries import Attempt
from wellread.domain.knowledge.metrics import Metric

GROUP, CHANNEL, APPROVALS = "19:lab@thread.v2", "19:ch@thread.tacv2", "19:appr@thread.v2"
OPENING, PLAN = SECRETS["public"][1], SECRETS["board"][1]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with running_office(tmp_path / "data") as made:
        yield made


def ask_a_human(
    office: Office, who: str, conversation: str, question: str = OPENING, **rules: str
) -> None:
    """Have somebody ask and, of the reply, click the button."""
    tenant = office.tenant
    office.laptop.write_rules(access=ACCESS, chat={"teams": {**CHAT["teams"], **rules}})
    personal = tenant.conversations[conversation].kind == "personal"
    asked = message(tenant, who, conversation, question, mentions=() if personal else ("bot",))
    office.send(asked)
    reply = [each for each in tenant.stored if not each.deleted][-1]
    thread = reply.conversation.partition(";messageid=")[2]
    (action,) = (
        action
        for attached in reply.activity["attachments"]
        for action in attached["content"].get("actions", ())
        if "human" in action["title"]
    )
    office.send(click(tenant, who, conversation, reply.id, action, thread=thread))


def asking(tenant: TeamsTenant) -> Message:
    """The one message that asks for help."""
    (found,) = (each for each in tenant.stored if "can you help?" in each.text)
    return found


def mentioned(said: Message) -> list[str]:
    return [each["mentioned"]["id"] for each in said.activity.get("entities", ())]


def test_those_of_the_group_who_are_in_the_place_are_mentioned_by_name(office: Office) -> None:
    tenant = office.tenant
    names = [f"h{number}" for number in range(7)]
    tenant.add_channel(CHANNEL, ("ann", "bob", *names))
    tenant.groups["g-help"] = [*reversed(names), "elsewhere"]
    ask_a_human(office, "ann", CHANNEL, helpers="g-help")

    said = asking(tenant)
    assert mentioned(said) == [f"29:{name}" for name in names[:5]]
    assert said.text.startswith("<at>H0</at>, <at>H1</at>,")
    assert ";messageid=" in said.conversation
    assert "g-help" not in seen(said)


def test_without_one_of_them_there_they_are_asked_where_approvals_says(office: Office) -> None:
    tenant = office.tenant
    tenant.add_conversation(GROUP, ("ann", "bob"))
    tenant.add_conversation(APPROVALS, ("hal", "bob"))
    tenant.groups["g-help"] = ["hal"]
    ask_a_human(office, "ann", GROUP, helpers="g-help", approvals=APPROVALS)

    said = asking(tenant)
    assert (said.conversation, mentioned(said)) == (APPROVALS, ["29:hal"])
    assert any("passed your question on" in each.text for each in tenant.visible(GROUP))


@pytest.mark.parametrize("conversation", [GROUP, "a:ann"])
def test_a_person_who_is_not_there_is_asked_in_their_own_chat(
    office: Office, conversation: str
) -> None:
    tenant = office.tenant
    tenant.add_conversation(GROUP, ("ann", "bob"))
    for who in ("ann", "hal"):
        tenant.add_personal(who)
        office.send(activity(tenant, "installationUpdate", who, f"a:{who}", action="add"))
    ask_a_human(office, "ann", conversation, helpers="hal")

    said = asking(tenant)
    assert said.conversation == "a:hal"
    assert said.text.startswith("<at>Hal</at> can you help? Ann asks:")
    assert OPENING in said.text
    assert any("passed your question on" in each.text for each in tenant.visible(conversation))


def test_in_their_own_chat_they_are_shown_nothing_that_they_may_not_read(office: Office) -> None:
    tenant = office.tenant
    for who in ("bob", "ann"):
        tenant.add_personal(who)
        office.send(activity(tenant, "installationUpdate", who, f"a:{who}", action="add"))
    ask_a_human(office, "bob", "a:bob", PLAN, helpers="ann")

    secret = SECRETS["board"][2]
    assert any(secret in seen(each) for each in tenant.visible("a:bob"))
    assert asking(tenant).conversation == "a:ann"
    assert not any(secret in seen(each) for each in tenant.visible("a:ann"))


def test_where_nobody_can_be_called_it_says_why_and_names_no_id(office: Office) -> None:
    tenant = office.tenant
    tenant.add_conversation(GROUP, ("ann", "bob"))
    ask_a_human(office, "ann", GROUP, helpers="g-help")

    said = asking(tenant)
    assert said.conversation == GROUP
    assert "could not call anybody" in seen(said)
    assert "g-help" not in seen(said)


def test_a_mention_that_teams_does_not_take_is_said_without(office: Office) -> None:
    tenant = office.tenant
    tenant.add_conversation(GROUP, ("ann", "bob"))
    tenant.unmentionable = {"g-help"}
    ask_a_human(office, "ann", GROUP, helpers="g-help")

    said = asking(tenant)
    assert (mentioned(said), said.text.startswith("helpers can you help?")) == ([], True)


@pytest.mark.parametrize("permitted", [True, False])
def test_who_may_not_sign_in_any_more_is_a_guest_where_that_may_be_asked(
    office: Office, permitted: bool
) -> None:
    tenant = office.tenant
    if not permitted:
        tenant.graph_roles = {"GroupMember.Read.All"}
    tenant.people["hal"].deactivated = True
    alone = office.told("hal", tenant.add_personal("hal").id)
    together = office.told("bob", tenant.add_conversation(GROUP, ("bob", "hal")).id)

    # Without that permission nobody's groups can be learnt either.
    assert alone == ({"public"} if permitted else {"everyone", "public"})
    assert together == alone
    assert bool(tenant.called("GET", "v1.0/users")) is permitted


def test_whoever_dies_over_a_welcome_has_shown_it_once_or_is_counted(
    office: Office,
) -> None:
    tenant = office.tenant
    adapters, settings = office.laptop.adapters, office.laptop.settings
    ledger, counts = adapters.ledger, Counts()
    assert adapters.teams_secret is not None
    assert settings.teams_bot is not None
    bot, secret = settings.teams_bot, adapters.teams_secret

    def added(number: int) -> BotAdded:
        who = f"new{number}"
        place = tenant.add_personal(who)
        where, account = tenant.service_url, f"29:{who}"
        heard = ConversationReference("teams", tenant.tenant, place.id, where, kind="personal")
        references_of(adapters, settings).keep(replace(heard, person=who, account=account))
        key = MessageKey("teams", tenant.tenant, place.id, "added")
        person, there = (
            Person("teams", tenant.tenant, who),
            Place("teams", tenant.tenant, place.id, ""),
        )
        return BotAdded(key, there, person, True, False, "c1", 1_800_000_000.0)

    def through(fate: Fate, event: BotAdded) -> None:
        """Have another worker, of this fate, welcome somebody."""
        adapters.ledger, adapters.meter = Mortal(ledger, fate), counts  # type: ignore[assignment]

        def web(inner: Any) -> Any:
            return Mortal(inner, fate)

        platform = teams_platform(secret, bot, adapters, settings, web=web)
        office.laptop.services.platforms = {"teams": platform}
        chat_of(office.laptop.services).handle(event, Attempt())

    whole = Fate()
    through(whole, added(0))
    assert whole.calls > 4
    twice = 0
    for at in range(1, whole.calls + 1):
        for after in (False, True):
            before = counts.sum(Metric.CHAT_NOT_READ_BACK)
            event, fate = added(2 * at + after), Fate(at, after)
            with pytest.raises(Killed):
                through(fate, event)
            ledger.release_all()  # type: ignore[attr-defined]
            for _ in range(2):
                through(Fate(), event)
            shown = tenant.visible(event.place.conversation)
            assert all(each.activity["suggestedActions"]["actions"] for each in shown)
            assert 1 <= len(shown) <= 2
            if len(shown) == 2:
                twice += 1
                assert counts.sum(Metric.CHAT_NOT_READ_BACK) > before
    # Between Teams' taking it and its being noted down, at the latest when that is written.
    assert twice <= 2
