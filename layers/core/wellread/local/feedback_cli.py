"""`wellread feedback`: what people said about replies."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from wellread.domain.ask.answers import HandOver
from wellread.local import inbox_cli
from wellread.local.data_folder import data_option
from wellread.local.documents_cli import place_of, stack_option
from wellread.local.printing import json_option, print_json, printable
from wellread.services.ask.feedback import JudgedReply

_SAID = {
    HandOver.ASKED: "asked a human",
    HandOver.RESOLVED: "answered by a human",
}


@click.group()
def feedback() -> None:
    """Look at what people said about replies, and answer better."""


for _command in (
    inbox_cli.inbox,
    inbox_cli.show,
    inbox_cli.answer,
    inbox_cli.dismiss,
    inbox_cli.reviewed,
    inbox_cli.withdraw,
    inbox_cli.export,
):
    feedback.add_command(_command)


@feedback.command(name="list")
@data_option
@stack_option
@json_option
def list_feedback(data: Path | None, stack: str | None, *, as_json: bool) -> None:
    """List verdicts, and questions that humans were asked to answer, oldest first.

    It shows other people's words.
    """
    with place_of(data, stack) as place:
        judged = place.services.feedback.list()
        if as_json:
            print_json([_as_json(each) for each in judged])
            return
        for each in judged:
            _print(each)
        if not judged:
            click.echo("Nobody has said anything about a reply yet.")


def _as_json(judged: JudgedReply) -> dict[str, object]:
    given, said = judged.given, judged.given.feedback
    return {
        "platform": given.platform,
        "question": judged.question,
        "verdict": said.verdict.value,
        "reason": said.reason,
        "thread": said.thread,
        "turn": said.turn,
        "at": given.at,
    }


def _print(judged: JudgedReply) -> None:
    given, said = judged.given, judged.given.feedback
    when = datetime.fromtimestamp(given.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    question = "(erased)" if judged.question is None else printable(judged.question)
    word = _SAID[said.verdict] if isinstance(said.verdict, HandOver) else said.verdict.value
    click.echo(f"{when}  {given.platform:<6} {word:<19} {question}")
    for what, words in (("reason", said.reason), ("better", said.correction)):
        if words:
            click.echo(f"    {what}: {printable(words)}")
