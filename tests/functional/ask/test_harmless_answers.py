"""No link, mention or hidden character of a document or a model gets out with an answer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.functional.api.test_api import ask, call
from tests.laptop import Laptop, QuotingGenerator
from wellread.domain.ask.prompting import Prompt
from wellread.domain.ask.questions import Mode
from wellread.ports.ingest import RevisionStore
from wellread.services.ask.drafting import Generators
from wellread.services.ask.quoting import Quoting
from wellread.services.ingest.embedder_choice import EmbedderChoice

NAME = "pay \u202edm.eciovni\u2066 @channel.md"
TITLE = "Pay\u202eday at evil.example/title?x=1 <!here> @channel"
HEADING = "Fees\u200b of //evil.example for @channel"
SENTENCE = (
    "The kiosk fee is 12 euros or 4.99/month, paid at evil.example/pay?x=1 or //evil.example or "
    "//evil/pay or get.evil.sh/pay or tel:+4912345 or www.evil.example, "
    "says @channel\u202e to <@U123> and <at>all</at>."
)
DOCUMENT = f"# {TITLE}\n\n## {HEADING}\n\n{SENTENCE}\n"
FORBIDDEN = re.compile(
    r"evil\.example|/pay|x=1|//|www\.|(?<!\w)@\w|<[!@#]|<at|http|mailto|tel:", re.IGNORECASE
)


def unsafe(text: str) -> list[str]:
    hidden = [repr(c) for c in text if unicodedata.category(c) in ("Cf", "Cc") and c != "\n"]
    return hidden + FORBIDDEN.findall(text)


class Repeating:
    """A model that says what it was given, and more."""

    name = "repeating"

    def generate(self, prompt: Prompt) -> Iterator[str]:
        yield f"{SENTENCE} [1] More at evil.example/more?x=1. Ask ＠everyone."


@pytest.fixture(params=["quoted", "said by a model"])
def kiosk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Laptop]:
    model = Repeating() if request.param != "quoted" else None

    def speaking(choice: EmbedderChoice, revisions: RevisionStore) -> Generators:
        return Generators(quoting=Quoting(choice.wanted, revisions), model=model)

    machine = Laptop(tmp_path, generators=speaking)
    machine.drop(NAME, DOCUMENT)
    yield machine
    machine.close()


def asked(question: str) -> dict[str, Any]:
    answered = ask(question)
    assert answered.status == 200, answered.text
    reply: dict[str, Any] = answered.json
    return reply


def read(path: str) -> dict[str, Any]:
    answered = call("GET", path)
    assert answered.status == 200, answered.text
    found: dict[str, Any] = answered.json
    return found


def without_own_links(reply: dict[str, Any]) -> str:
    text = str(reply["answer"])
    for found in (*reply["citations"], *reply["nearest"]):
        text = text.replace(found["link"], "")
    return text


def test_an_answer_holds_none_and_its_quotes_stay_verbatim(kiosk: Laptop) -> None:
    reply = asked("How much is the kiosk fee?")

    assert not reply["declined"]
    assert "12 euros or 4.99/month" in reply["answer"]
    assert "evil[.]example" in reply["answer"]
    assert not unsafe(without_own_links(reply))
    for citation in reply["citations"]:
        assert not unsafe(citation["heading"])
        assert not [c for c in citation["document"] if not c.isprintable()]
        assert citation["quote"] in DOCUMENT


def test_a_decline_and_its_offers_hold_none(kiosk: Laptop) -> None:
    reply = asked("Who waters the roof garden fee?")

    assert not unsafe(without_own_links(reply))
    for near in reply["nearest"]:
        assert near["document"].isprintable()


def test_a_model_without_documents_says_none(tmp_path: Path) -> None:
    generators = Generators(quoting=QuotingGenerator(), model=Repeating())
    machine = Laptop(tmp_path, generators=generators)

    said = machine.ask("How much is the kiosk fee?", mode=Mode.BASE).text
    machine.close()

    assert "12 euros" in said
    assert not unsafe(said)


def test_lists_receipts_and_pages_write_out_what_hides_in_a_name(kiosk: Laptop) -> None:
    listed = read("/v1/documents")["documents"][0]["document"]
    receipt = read(f"/v1/receipts/{listed}")

    assert listed == "pay \\u202edm.eciovni\\u2066 @channel.md"
    assert receipt["document"] == listed
    assert not unsafe(receipt["title"])
    opened = read(f"/v1/documents/{listed}")
    assert opened["document"] == listed
    assert not unsafe(opened["title"])
    page = call("GET", f"/v1/documents/{listed}", headers={"accept": "text/html"}).text
    assert "12 euros" in page
    assert not [c for c in page if unicodedata.category(c) == "Cf"]
