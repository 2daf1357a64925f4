"""`wellread feedback inbox`, `show`, `answer`, `dismiss`: replies that did not help."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from wellread.bootstrap import Services
from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import GivenFeedback
from wellread.domain.ask.cases import Case, CaseId
from wellread.domain.ask.correcting import Correction, Quote
from wellread.domain.ask.resting import QuotedPlace
from wellread.domain.ask.reviewed import VALID_DAYS, ReviewedId
from wellread.domain.evaluation.cases import line_of
from wellread.domain.knowledge.errors import InvalidQuestionError
from wellread.local.ask_cli import as_option, asker_of
from wellread.local.data_folder import data_option
from wellread.local.documents_cli import place_of, stack_option
from wellread.local.printing import json_option, named, print_json, printable
from wellread.services.ask.cases import SeenCase
from wellread.services.ask.reviewed import SeenAnswer


@click.command()
@data_option
@stack_option
@as_option
@click.option("--all", "closed", is_flag=True, help="Those too that were answered or dismissed.")
@json_option
def inbox(
    data: Path | None,
    stack: str | None,
    audiences: tuple[str, ...],
    *,
    closed: bool,
    as_json: bool,
) -> None:
    """List replies that did not help, oldest first, each with what people said of it.

    Only cases all of whose documents a member of the audiences may read.
    """
    with place_of(data, stack) as place:
        found = place.services.cases.list(_scope(place.services, audiences), closed=closed)
        if as_json:
            print_json([_case_as_json(each) for each in found])
            return
        for case in found:
            click.echo(f"{case.id}  {case.status:<9} {_when(case.at)}  {printable(case.question)}")
            _print_remarks(case.remarks)
        if not found:
            click.echo("There is no case to look at.")


@click.command()
@click.argument("case")
@data_option
@stack_option
@as_option
@json_option
def show(
    case: str, data: Path | None, stack: str | None, audiences: tuple[str, ...], *, as_json: bool
) -> None:
    """Show a case: question, reply, the passages it rested on, and what people said."""
    with place_of(data, stack) as place:
        seen = place.services.cases.show(CaseId(case), _scope(place.services, audiences))
        if as_json:
            print_json(_case_as_json(seen.case) | {"passages": _passages_as_json(seen)})
            return
        found = seen.case
        click.echo(f"{found.id}  {found.status}  {_when(found.at)}")
        click.echo(f"Question: {printable(found.question)}")
        if found.searched_for != found.question:
            click.echo(f"Searched for: {printable(found.searched_for)}")
        click.echo(f"{'Declined' if found.declined else 'Answered'}:\n{found.answer}")
        for place_ in found.quoted:
            gone = "  (changed since)" if place_ in seen.changed else ""
            click.echo(f"Passage: {printable(place_.document)} · {place_.revision[:12]}{gone}")
            click.echo(f"    “{' '.join(place_.quote.split())}”")
        _print_remarks(found.remarks)


@click.command()
@click.argument("case")
@data_option
@stack_option
@as_option
@click.option("--text", help="The answer. [default: what people proposed, where that is one]")
@click.option("--by", "name", required=True, help="Who stands for it; readers are told.")
@click.option("--quote", "quotes", multiple=True, help="Words of a document that it rests on.")
@click.option("--document", help="The document that the quotes are of.")
@click.option("--also", multiple=True, help="Another wording of the question that it answers.")
@click.option(
    "--days", type=int, default=VALID_DAYS, show_default=True, help="For how long it is shown."
)
def answer(
    case: str,
    data: Path | None,
    stack: str | None,
    audiences: tuple[str, ...],
    text: str | None,
    name: str,
    quotes: tuple[str, ...],
    document: str | None,
    also: tuple[str, ...],
    days: int,
) -> None:
    """Answer a case: whoever asks the same question is shown this first.

    Without --quote the documents are looked through for every sentence.
    """
    with place_of(data, stack) as place:
        services = place.services
        scope = _scope(services, audiences)
        source = named(services, document) if document else None
        said = text or _proposed(services.cases.show(CaseId(case), scope).case)
        correction = Correction(
            said, name, tuple(Quote(words, source) for words in quotes), also, days
        )
        reviewed = services.correcting.approve(CaseId(case), scope, correction)
        click.echo(f"{reviewed.text}\n")
        for number, cited in enumerate(reviewed.citations, start=1):
            click.echo(f"[{number}] {printable(cited.document)}")
            click.echo(f"    “{' '.join(cited.quote.split())}”")
        click.echo(reviewed.notice)


@click.command()
@click.argument("case")
@data_option
@stack_option
@as_option
def dismiss(case: str, data: Path | None, stack: str | None, audiences: tuple[str, ...]) -> None:
    """Say that nothing is to be done about a case."""
    with place_of(data, stack) as place:
        place.services.cases.dismiss(CaseId(case), _scope(place.services, audiences))
        click.echo("Dismissed.")


@click.command()
@data_option
@stack_option
@as_option
@json_option
def reviewed(
    data: Path | None, stack: str | None, audiences: tuple[str, ...], *, as_json: bool
) -> None:
    """List reviewed answers, and whether each is still shown."""
    with place_of(data, stack) as place:
        found = place.services.reviewed.list(_scope(place.services, audiences))
        if as_json:
            print_json([_answer_as_json(each) for each in found])
            return
        for seen in found:
            click.echo(f"{seen.answer.id}  {seen.state:<8} {printable(seen.answer.question)}")
            click.echo(f"    {seen.answer.notice}")
        if not found:
            click.echo("There is no reviewed answer.")


@click.command()
@click.argument("name", metavar="ANSWER")
@data_option
@stack_option
@as_option
def withdraw(name: str, data: Path | None, stack: str | None, audiences: tuple[str, ...]) -> None:
    """Show a reviewed answer no longer."""
    with place_of(data, stack) as place:
        place.services.reviewed.withdraw(ReviewedId(name), _scope(place.services, audiences))
        click.echo("Withdrawn.")


@click.command()
@data_option
@stack_option
@as_option
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file."
)
def export(data: Path | None, stack: str | None, audiences: tuple[str, ...], out: Path) -> None:
    """Write the reviewed answers that hold as questions for `wellread evaluate`."""
    with place_of(data, stack) as place:
        scope = _scope(place.services, audiences)
        mine = {each.answer.id for each in place.services.reviewed.list(scope)}
        held = [each for each in place.services.reviewed.approved() if each.id in mine]
        lines = [
            line_of(
                each.id, each.question, each.text, [(c.document, c.quote) for c in each.citations]
            )
            for each in held
        ]
        text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
        out.write_text(text, encoding="utf-8", errors="backslashreplace")
        click.echo(f"Written to {out}: {len(lines)}")


def _scope(services: Services, audiences: tuple[str, ...]) -> Scope:
    return asker_of(services.settings, audiences).scope


def _proposed(case: Case) -> str:
    if len(case.proposals) != 1:
        many = "Several answers were" if case.proposals else "No answer was"
        raise InvalidQuestionError(f"{many} proposed. Say the right one with --text.")
    return case.proposals[0]


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _print_remarks(remarks: Sequence[GivenFeedback]) -> None:
    for each in remarks:
        click.echo(f"    {each.feedback.verdict.value} ({each.platform}, {_when(each.at)})")
        for what, words in (("reason", each.feedback.reason), ("better", each.feedback.correction)):
            if words:
                click.echo(f"        {what}: {printable(words)}")


def _case_as_json(case: Case) -> dict[str, object]:
    return {
        "case": case.id,
        "status": case.status.value,
        "question": case.question,
        "searched_for": case.searched_for,
        "answer": case.answer,
        "declined": case.declined,
        "at": case.at,
        "remarks": [
            {
                "platform": each.platform,
                "verdict": each.feedback.verdict.value,
                "reason": each.feedback.reason,
                "correction": each.feedback.correction,
                "at": each.at,
            }
            for each in case.remarks
        ],
    }


def _passages_as_json(seen: SeenCase) -> list[dict[str, object]]:
    return [_passage_as_json(each) | {"changed": each in seen.changed} for each in seen.case.quoted]


def _passage_as_json(place: QuotedPlace) -> dict[str, object]:
    return {
        "document": place.document,
        "revision": place.revision,
        "start": place.start,
        "end": place.end,
        "quote": place.quote,
    }


def _answer_as_json(seen: SeenAnswer) -> dict[str, object]:
    return {
        "id": seen.answer.id,
        "state": seen.state.value,
        "question": seen.answer.question,
        "also": list(seen.answer.also),
        "answer": seen.answer.text,
        "documents": sorted(seen.answer.documents),
        "reviewed_by": seen.answer.reviewed_by,
        "at": seen.answer.at,
        "valid_until": seen.answer.valid_until,
    }
