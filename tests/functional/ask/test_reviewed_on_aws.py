"""The same from a thumbs-down to a reviewed answer, on the adapters and clients of AWS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.laptop import Declining, QuotingGenerator
from tests.schedules.aws_world import AwsWorld
from tests.schedules.cloud import Cloud, cloud
from wellread.bootstrap import Services
from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import Feedback, Reply, Verdict
from wellread.domain.ask.correcting import Correction, Quote
from wellread.domain.ask.questions import Asker, AskerId, Question
from wellread.domain.knowledge.documents import DocumentId
from wellread.local.lambda_runtime import LocalContext, load_handler
from wellread.services.ask.drafting import Generators

LEAVE = b"# Leave\n\nEmployees have 30 days of leave.\n"
QUESTION = "How many days of leave do employees have?"
RIGHT = "Everybody has thirty days."
ADA = Asker(AskerId("ada"), Scope.of("everyone"))
DAY = 86_400.0


@pytest.fixture(scope="module")
def aws_cloud() -> Iterator[Cloud]:
    with cloud(seed=0) as made:
        yield made


@pytest.fixture
def aws(aws_cloud: Cloud) -> Iterator[AwsWorld]:
    world = AwsWorld(aws_cloud)
    world.put("leave.md", LEAVE)
    world.settle()
    world.reader.generators = Generators(quoting=QuotingGenerator())
    yield world
    world.close()


def ask(services: Services, question: str = QUESTION, who: str = "ada") -> Reply:
    return services.answering.answer(Question(question, Asker(AskerId(who), ADA.scope)))


def approve(services: Services) -> None:
    reply = ask(services)
    said = Feedback(reply.thread, reply.turn, Verdict.DOWN, "Unclear.", RIGHT)
    services.feedback.give(ADA, said)
    (case,) = services.cases.list(ADA.scope)
    assert [place.quote for place in case.quoted] == [each.quote for each in reply.citations]
    correction = Correction(case.proposals[0], "Ada", (Quote("30 days of leave"),))
    services.correcting.approve(case.id, ADA.scope, correction)


def test_a_correction_is_shown_first_until_its_passage_changes(aws: AwsWorld) -> None:
    approve(aws.reader)
    assert ask(aws.reader).text.startswith(f"{RIGHT} [1]")
    (held,) = aws.reader.reviewed.approved()
    assert held.question == QUESTION

    aws.put("leave.md", LEAVE.replace(b"30", b"31"))
    aws.settle()
    assert ask(aws.reader).outcome.answered_by != "reviewed"
    assert [each.state for each in aws.reader.reviewed.list(ADA.scope)] == ["struck"]


def test_it_is_out_of_sight_with_its_document_and_erased_by_the_functions(aws: AwsWorld) -> None:
    approve(aws.reader)
    aws.delete("leave.md")
    assert ask(aws.reader).outcome.answered_by != "reviewed"
    assert aws.reader.cases.list(ADA.scope, closed=True) == []

    for store in aws.services.adapters.erasables:
        store.erase(DocumentId("leave.md"))
    assert aws.reader.adapters.reviewed.list() == []
    assert aws.reader.adapters.cases.list() == []


def test_what_the_documents_do_not_answer_is_reported(aws: AwsWorld) -> None:
    aws.reader.generators = Generators(quoting=Declining())
    for who in ("ada", "ben"):
        assert ask(aws.reader, "May I bring my dog?", who).declined

    (gap,) = aws.reader.gaps.report(ADA, 7 * DAY).gaps
    assert (gap.wording, gap.questions, gap.askers) == ("May I bring my dog?", 2, 2)
    reconcile = load_handler("reconcile")
    told = reconcile({"gaps": {"audience": "everyone"}}, LocalContext("reconcile"))
    assert (told["gaps"], told["alone"]) == (1, 0)
    assert aws.bus.details[-1]["audience"] == "everyone"
    assert aws.bus.details[-1]["gaps"] == [
        {"question": gap.wording, "questions": 2, "askers": 2, "last": gap.last}
    ]
    aws.delete("leave.md")
    assert aws.reader.gaps.report(ADA, 7 * DAY).gaps == ()
