"""Clicks, sent modals and slash commands, as what happens in chats.

Sources: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload,
https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload,
https://docs.slack.dev/interactivity/implementing-slash-commands
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wellread.adapters.chat import buttons
from wellread.adapters.chat.clicks import event_of_click
from wellread.adapters.chat.fields import Fields, MalformedError
from wellread.adapters.chat.slack.arrivals import Arrival, Modal, Taken
from wellread.adapters.chat.slack.buttons import (
    CORRECTION,
    MODAL,
    REASON,
    SHARE,
    VERDICT,
    AskedWhy,
    asked_why,
)
from wellread.adapters.chat.slack.words import words_of
from wellread.domain.chat.events import (
    AnswerShared,
    QuestionAsked,
    VerdictGiven,
)

LOOKING = "Looking in the documents…"
USAGE = (
    "Ask me about our documents, such as `/ask How long may a book be borrowed?` Nobody but you "
    "sees the answer."
)


def said_alone(text: str) -> dict[str, str]:
    """What answers a slash command so that its user alone sees it."""
    return {"response_type": "ephemeral", "text": text}


def take_command(form: Fields, arrival: Arrival) -> Taken:
    """What a slash command comes to; its asker alone will see the reply.

    Raises:
        MalformedError: It is not of the shape that Slack says it has.
    """
    words = words_of(form.text("text"), ())
    form.id_or_none("api_app_id")
    trigger = form.id_or_none("trigger_id") or arrival.correlation
    happened = arrival.happened(
        form.id("team_id"),
        form.id("channel_id"),
        message=trigger,
        # Not of the conversation's threads: whatever was asked before is another matter.
        thread=trigger,
        person=form.id("user_id"),
        direct=True,
    )
    if words.text.casefold() in ("", "help"):
        return Taken(answer=said_alone(USAGE))
    asked = QuestionAsked(**happened, text=words.text, reply_url=_way_back(form))
    return Taken((asked,), said_alone(LOOKING))


def _way_back(said: Fields) -> str:
    """Where a reply goes that one person alone sees: without it, the reply would be for all."""
    url = said.text("response_url")
    if not url:
        raise MalformedError("there is no response_url")
    return url


def take_interaction(payload: Fields, arrival: Arrival) -> Taken:
    """What a click or a sent modal comes to; nothing where it is no affair of ours.

    Raises:
        MalformedError: It is not of the shape that Slack says it has.
    """
    payload.id_or_none("api_app_id")
    if payload.text("type") == "view_submission":
        if not payload.part("view"):
            raise MalformedError("it has no view")
        return _sent(payload, arrival)
    if payload.text("type") == "block_actions":
        actions = payload.parts("actions")
        if not any(actions):
            raise MalformedError("it has no actions")
        taken = [_clicked(payload, action, arrival) for action in actions]
        events = tuple(event for each in taken for event in each.events)
        return Taken(events, modal=next((each.modal for each in taken if each.modal), None))
    return Taken()


@dataclass(frozen=True, slots=True)
class _Click:
    """A click on a button of a message.

    Attributes:
        team: Slack's id of the workspace.
        conversation: Its id of the conversation.
        message: `ts` of the message with the button.
        thread: That of the thread it is in; empty where its reader alone sees it.
        alone: Whether its reader alone sees it.
    """

    payload: Fields
    action: Fields
    arrival: Arrival
    team: str
    conversation: str
    message: str
    thread: str
    alone: bool

    @property
    def direct(self) -> bool:
        return self.conversation.startswith("D")

    @property
    def value(self) -> str:
        return self.action.text("value")

    @property
    def at(self) -> str:
        """What tells this click from others on the same button."""
        return (
            self.action.id_or_none("action_ts")
            or self.payload.id_or_none("trigger_id")
            or self.arrival.correlation
        )

    @property
    def url(self) -> str:
        return self.payload.text("response_url")

    def happened(self, message: str, **others: Any) -> dict[str, Any]:
        """The fields of what happened.

        Args:
            message: What it is about: the same for clicks that say nothing new.
            others: In place of what the click says.
        """
        user = self.payload.part("user")
        common = {
            "thread": self.thread,
            "person": user.id("id"),
            "direct": self.direct,
            "external": user.has("team_id") and user.text("team_id") != self.team,
        }
        return self.arrival.happened(
            self.team, self.conversation, message=message, **{**common, **others}
        )


def _clicked(payload: Fields, action: Fields, arrival: Arrival) -> Taken:
    container, message = payload.part("container"), payload.part("message")
    name = action.text("action_id")
    translate = _suggested if name.startswith(f"{buttons.SUGGESTED}:") else _CLICKS.get(name)
    if translate is None or container.text("type") not in ("", "message"):
        return Taken()
    alone = container.has("is_ephemeral")
    at = container.id_or_none("message_ts") or message.id("ts")
    thread = message.id_or_none("thread_ts") or container.id_or_none("thread_ts")
    click = _Click(
        payload,
        action,
        arrival,
        team=_team_of(payload),
        conversation=payload.part("channel").id_or_none("id") or container.id("channel_id"),
        message=at,
        thread=thread or ("" if alone else at),
        alone=alone,
    )
    return translate(click)


def _team_of(payload: Fields) -> str:
    # Slack leaves the team out where an app is installed for a whole organisation.
    return payload.part("team").id_or_none("id") or payload.part("user").id("team_id")


def _judged(click: _Click) -> Taken:
    about = buttons.reply_of_value(click.value)
    if about is None or not about.verdict:
        return Taken()
    # Each click counts: people change their minds.
    happened = click.happened(click.at)
    given = VerdictGiven(
        **happened,
        thread=about.thread,
        turn=about.turn,
        verdict=about.verdict,
        reply_url=click.url,
    )
    if about.verdict == buttons.UP:
        return Taken((given,))
    asked = AskedWhy(about.thread, about.turn, click.conversation, click.thread, click.direct)
    return Taken((given,), modal=Modal(click.payload.text("trigger_id"), asked))


def _common(click: _Click) -> Taken:
    event = event_of_click(
        click.action.text("action_id"),
        click.value,
        click.happened,
        message=click.message,
        click=click.at,
        reply_url=click.url,
    )
    return Taken((event,) if event else ())


def _shared(click: _Click) -> Taken:
    text = buttons.text_of_value(click.value)
    if not text:
        return Taken()
    happened = click.happened(f"share:{click.message}")
    return Taken((AnswerShared(**happened, text=text, reply_url=click.url),))


def _suggested(click: _Click) -> Taken:
    text = buttons.text_of_value(click.value)
    if not text:
        return Taken()
    message = f"{click.message}:{click.action.id('action_id')}"
    if not click.alone:
        return Taken((QuestionAsked(**click.happened(message), text=text),))
    happened = click.happened(message, direct=True, thread=click.thread or message)
    return Taken((QuestionAsked(**happened, text=text, reply_url=_way_back(click.payload)),))


_CLICKS: dict[str, Callable[[_Click], Taken]] = {
    VERDICT: _judged,
    buttons.HUMAN: _common,
    buttons.RESOLVED: _common,
    SHARE: _shared,
    buttons.APPROVE: _common,
    buttons.REJECT: _common,
}


def _sent(payload: Fields, arrival: Arrival) -> Taken:
    view, user = payload.part("view"), payload.part("user")
    about = asked_why(view.text("private_metadata"))
    if view.text("callback_id") != MODAL or about is None:
        return Taken()
    happened = arrival.happened(
        _team_of(payload),
        about.conversation,
        message=view.id("id"),
        thread=about.message_thread,
        person=user.id("id"),
        direct=about.direct,
    )
    values = view.part("state").part("values")
    reason, correction = (
        values.part(name).part(name).text("value").strip() or None for name in (REASON, CORRECTION)
    )
    given = VerdictGiven(
        **happened,
        thread=about.thread,
        turn=about.turn,
        verdict=buttons.DOWN,
        reason=reason,
        correction=correction,
    )
    return Taken((given,))
