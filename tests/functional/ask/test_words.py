"""From a dropped document to the passage: identifiers, spellings, slips, other scripts."""

from __future__ import annotations

import pytest

from tests.laptop import Laptop
from wellread.domain.access.scope import EVERYONE, Scope
from wellread.domain.ask.searching.fusion import coverage
from wellread.domain.ask.searching.identifiers import identifiers, names_identifier

LISTS = {
    "hosts.md": "# Hosts\n\nThe lamp is at 10.0.7.3. The crane is at 10.7.0.3.",
    "crates.md": "# Crates\n\nAB-34-CD holds rope.\n\n## More\n\nCD-34-AB holds sails.",
    "rules.md": "# Rules\n\n## 6.3.2 Noise\n\nQuiet at nine.\n\n## 6.2.3 Smoke\n\nNo fires.",
    "log.md": "# Log\n\n07-08-2031: painted.\n\n## Later\n\n08-07-2031: the bell rang.",
    "codes.md": "# Codes\n\nE5512: press the key.\n\n## Others\n\nE5521: close the hatch.",
    "settings.md": "# Settings\n\nHTTPPort is 8081. Check-in ends at ten.",
    "pay.md": "# Pay\n\nReimbursement of travel takes nine days.",
    "de.md": "# Werft\n\nDie Gebühr für den Liegeplatz beträgt 42 Kronen.",
    "fi.md": "# Satama\n\nLaituripaikan maksu on 42 kruunua.",
    "zh.md": "# 船坞规则\n\n停泊费每晚四十二元。",
    "ja.md": "# 港の規則\n\n係留料は一泊四十二クローネです。",
    "ko.md": "# 항구 규칙\n\n정박료는 하룻밤에 42 크로네입니다.",
}


@pytest.fixture
def filled(laptop: Laptop) -> Laptop:
    for name, text in LISTS.items():
        laptop.drop(name, text)
    return laptop


@pytest.mark.parametrize(
    ("question", "document", "says"),
    [
        ("What is at 10.7.0.3?", "hosts.md", "crane"),
        ("What does CD-34-AB hold?", "crates.md", "sails"),
        ("What does clause 6.2.3 say?", "rules.md", "fires"),
        ("What happened on 08/07/2031?", "log.md", "bell"),
        ("error 5521", "codes.md", "hatch"),
        ("What is the http port?", "settings.md", "8081"),
        ("When does checkin end?", "settings.md", "ten"),
        ("How long does riembursement take?", "pay.md", "nine"),
        ("Wie hoch ist die Liegeplatzgebühr?", "de.md", "42"),
        ("Paljonko on laituripaikkamaksu?", "fi.md", "42"),
        ("停泊费是多少？", "zh.md", "四十二"),
        ("係留料はいくらですか？", "ja.md", "四十二"),
        ("정박료는 얼마입니까?", "ko.md", "42"),
    ],
)
def test_the_passage_that_has_it_comes_first(
    filled: Laptop, question: str, document: str, says: str
) -> None:
    found = filled.services.retrieval.retrieve(question, Scope.of(EVERYONE), 8)

    assert found[0].document == document
    assert says in found[0].chunk.text
    covered = coverage(question, found)
    assert covered[0] == max(covered) > 0
    assert all(names_identifier(found[0].chunk.text, each) for each in identifiers(question))


@pytest.mark.parametrize(
    "question", ["What is at 10.3.7.0?", "What does CD-AB-34 hold?", "error 5215", "clause 2.6.3"]
)
def test_an_identifier_that_stands_nowhere_is_named_by_no_passage(
    filled: Laptop, question: str
) -> None:
    (identifier,) = identifiers(question)
    found = filled.services.retrieval.retrieve(question, Scope.of(EVERYONE), 100)

    assert found
    assert not any(names_identifier(each.chunk.embedded_text, identifier) for each in found)
