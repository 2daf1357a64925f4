"""What people do with cards and messages of ours, as what happens in chats.

Teams waits for an answer to an `invoke`. Nothing is done by then but that it is in the queue.

Sources: https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/universal-actions-for-adaptive-cards/work-with-universal-actions-for-adaptive-cards,
https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bot-messages-ai-generated-content#feedback-buttons
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wellread.adapters.chat import buttons
from wellread.adapters.chat.arrivals import Taken
from wellread.adapters.chat.clicks import event_of_click
from wellread.adapters.chat.fields import Fields, MalformedError, fields_of_json
from wellread.domain.chat.events import ChatEvent, QuestionAsked, VerdictGiven

if TYPE_CHECKING:
    from wellread.adapters.chat.teams.activities import Told

ACTION, VALUE = "action", "value"
"""What an action's data has: a name of `buttons`, and what `reply_value` or `text_value` made."""

FEEDBACK = "message/submitAction"
CARD = "adaptiveCard/action"

_VERDICTS = {"like": buttons.UP, "dislike": buttons.DOWN}
_DONE: dict[str, Any] = {}
_SAID = {
    buttons.HUMAN: "I am asking a human.",
    buttons.RESOLVED: "Thank you. I am noting that it is resolved.",
    buttons.APPROVE: "I am adding the file, if you may decide that.",
    buttons.REJECT: "I am noting that the file is not added, if you may decide that.",
    buttons.SUGGESTED: "I am looking in the documents…",
}
_NOT_OURS = "This button does nothing any more. Ask the question again."


def take_invoke(told: Told) -> Taken:
    """What an `invoke` comes to, with its answer; nothing but an answer where it is none of ours.

    Raises:
        MalformedError: It is not of the shape that Teams says it has.
    """
    name = told.activity.text("name")
    if not told.is_of_a_person:
        return Taken(answer=_DONE)
    value = told.activity.part("value")
    if name == FEEDBACK:
        return Taken(_judged(told, value), _DONE)
    if name == CARD:
        action = value.part("action")
        data = action.part("data")
        button = data.text(ACTION) or action.text("verb")
        event = _clicked(told, button, data.text(VALUE))
        said = _SAID.get(button, "") if event else _NOT_OURS
        return Taken((event,) if event else (), _card_answer(said))
    return Taken(answer=_DONE)


def clicked(told: Told, data: Fields) -> ChatEvent | None:
    """What the data of an action says that came as a message; None where it is none of ours."""
    return _clicked(told, data.text(ACTION), data.text(VALUE))


def _clicked(told: Told, button: str, value: str) -> ChatEvent | None:
    message = told.activity.id_or_none("replyToId")
    click = told.activity.id_or_none("id") or told.arrival.correlation
    if button == buttons.SUGGESTED:
        text = buttons.text_of_value(value)
        return QuestionAsked(**told.happened(click), text=text) if text else None
    if not message:
        raise MalformedError("it does not say which message the button is on")
    return event_of_click(button, value, told.happened, message=message, click=click)


def _judged(told: Told, value: Fields) -> tuple[ChatEvent, ...]:
    given = _part(value, "actionValue")
    verdict = _VERDICTS.get(given.text("reaction"))
    if value.text("actionName") != "feedback" or verdict is None:
        return ()
    # Each one counts: people change their minds.
    click = told.activity.id_or_none("id") or told.arrival.correlation
    verdict_given = VerdictGiven(
        **told.happened(click),
        thread="",
        turn=0,
        verdict=verdict,
        reason=_reason(given),
        # Microsoft's Agents Playground does not say which message it is about.
        reference=told.activity.id_or_none("replyToId"),
    )
    return (verdict_given,)


def _reason(given: Fields) -> str | None:
    """Why, in the person's words: Teams says it as an object, or as the JSON of one."""
    text = given.text("feedback").strip()
    said = _part(given, "feedback")
    if said or text == "{}":
        text = said.text("feedbackText").strip()
    return text or None


def _part(fields: Fields, name: str) -> Fields:
    """An object, or the one that a string is the JSON of."""
    if fields.part(name):
        return fields.part(name)
    try:
        return fields_of_json(fields.text(name), type(fields))
    except MalformedError:
        return type(fields)(None)


def _card_answer(said: str) -> dict[str, Any]:
    return {
        "statusCode": 200,
        "type": "application/vnd.microsoft.activity.message",
        "value": said,
    }
