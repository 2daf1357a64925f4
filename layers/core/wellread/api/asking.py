"""A question over HTTP: from the request to the events of its answer, whether streamed or not."""

from __future__ import annotations

from collections.abc import Iterator

from wellread.api import problems
from wellread.api.events import AskEvent, DeltaShape, StatusShape
from wellread.api.shapes import AskRequest, AskResponse
from wellread.bootstrap import Services
from wellread.domain.ask.answers import AnswerEvent, DeltaEvent, StatusEvent
from wellread.domain.ask.questions import Asker
from wellread.services.access.callers import Caller, Callers


def ask(
    services: Services,
    request: AskRequest,
    caller: Caller,
    correlation_id: str,
    answer_by: float | None = None,
) -> Iterator[AskEvent]:
    """Take a question up, and answer it while the events are read; the last is the whole answer.

    Args:
        services: Who knows the caller, counts their questions and answers them.
        request: The question.
        caller: Whose it is.
        correlation_id: Of the request.
        answer_by: When the answer must be ready, seconds since the epoch; None sets no limit.

    Raises:
        RequestError: The caller has no identity.
        TooManyQuestionsError: The caller asks too often.
        InvalidQuestionError, NotFoundError: The question cannot be asked, or not in this thread.
        TransientError: Try again.
    """
    asker = identified(services.callers, caller)
    services.callers.admit(caller, asker)
    question = request.to_question(asker, correlation_id, answer_by)
    return _shapes(services.answering.stream(question))


def identified(callers: Callers, caller: Caller) -> Asker:
    """Who asks, as the host's front established it.

    Raises:
        RequestError: The caller has no identity.
    """
    asker = callers.identify(caller)
    if asker is None:
        raise problems.unauthenticated()
    return asker


def _shapes(events: Iterator[AnswerEvent]) -> Iterator[AskEvent]:
    for event in events:
        match event:
            case StatusEvent(text):
                yield StatusShape(text=text)
            case DeltaEvent(text):
                yield DeltaShape(text=text)
            case _:
                yield AskResponse.of(event.reply)
