"""Access from end to end: what a typing mistake closes, and how people are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.doubles import KeptReceipts
from tests.laptop import Laptop
from wellread import bootstrap
from wellread.local.access_cli import access

PAY = "# Pay\n\nA pilot of grade nine earns 2,750 a month.\n"
MENU = "# Menu\n\nSoup is served from noon.\n"
QUESTION = "What does a pilot of grade nine earn?"
FOR_HR = '{"metadataAttributes": {"audience": "hr"}}'


@pytest.fixture
def receipts() -> KeptReceipts:
    return KeptReceipts()


@pytest.fixture
def laptop(tmp_path: Path, receipts: KeptReceipts) -> Iterator[Laptop]:
    machine = Laptop(tmp_path / "data", receipts=receipts)
    yield machine
    machine.close()


def write_rules(laptop: Laptop, *prefixes: str, audience: object = "hr", **more: object) -> None:
    rules = [{"prefix": prefix, "audience": audience} for prefix in prefixes]
    document = {"access": {"rules": rules, **more}}
    (laptop.settings.data / "access.json").write_text(json.dumps(document))


def told(laptop: Laptop, *arguments: str) -> str:
    result = CliRunner().invoke(
        access, ["--data", str(laptop.settings.data), *arguments], catch_exceptions=False
    )
    bootstrap.install(laptop.services)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("prefix", ["/hr/", "./hr/", "HR/", "hr\\", "hr/*", "h r/"])
def test_a_rule_spelt_otherwise_opens_nothing_and_the_rest_stays(
    laptop: Laptop, prefix: str
) -> None:
    laptop.write("hr/pay.md", PAY)
    laptop.drop("menu.md", MENU)
    write_rules(laptop, prefix)

    assert "2,750" not in laptop.ask(QUESTION).text
    assert laptop.keys() == ["menu.md"]
    assert not laptop.ask("From when is soup served?").declined


def test_a_rule_with_the_documents_folder_in_front_means_what_is_in_it(laptop: Laptop) -> None:
    laptop.drop("hr/pay.md", PAY)
    write_rules(laptop, f"{laptop.root}/hr/")

    assert laptop.keys() == []
    assert laptop.keys("everyone", "hr") == ["hr/pay.md"]


@pytest.mark.parametrize("linked", ["public/hr", "public/pay.md"])
def test_a_link_shows_nothing_that_a_rule_hides(laptop: Laptop, linked: str) -> None:
    write_rules(laptop, "hr/")
    laptop.write("hr/pay.md", PAY)
    laptop.write("public/menu.md", MENU)
    target = laptop.root / "hr"
    (laptop.root / linked).symlink_to(target / "pay.md" if linked.endswith(".md") else target)
    laptop.work()

    assert laptop.keys() == ["public/menu.md"]
    assert "2,750" not in laptop.ask(QUESTION).text
    assert laptop.keys("everyone", "hr") == ["hr/pay.md", "public/menu.md"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pay.md.METADATA.JSON", FOR_HR),
        ("pay.metadata.json", FOR_HR),
        ("pay.md.meta.json", FOR_HR),
        ("pay-metadata.json", FOR_HR),
        ("Pay.md.metadata.json", FOR_HR),
        ("pay.md.metadata.json", FOR_HR.replace("audience", "audiences")),
        ("pay.md.metadata.json", FOR_HR.replace('"hr"', '"hr", "audience": "everyone"')),
    ],
)
def test_a_sidecar_with_a_slip_hides_its_document_until_it_is_mended(
    laptop: Laptop, name: str, content: str
) -> None:
    laptop.drop("pay.md", PAY)
    assert laptop.keys() == ["pay.md"]
    laptop.write(name, content)
    laptop.work()

    assert "pay.md" not in set(laptop.keys())
    assert "pay.md" not in laptop.keys("everyone", "hr")
    assert "2,750" not in laptop.ask(QUESTION).text
    state = laptop.show("pay.md")
    assert (state.status.value, state.code) == ("indexed", None)
    assert state.reason
    assert state.fix

    laptop.delete(name)
    laptop.work()
    assert "pay.md" in set(laptop.keys())


def test_a_sidecar_that_is_not_understood_ends_in_a_receipt(
    laptop: Laptop, receipts: KeptReceipts
) -> None:
    laptop.drop("pay.md", PAY)
    laptop.write("pay.md.metadata.json", FOR_HR.replace("audience", "Audience"))
    laptop.work()

    first, second = dict.fromkeys(receipts.told)
    assert first.reason is None
    assert second.id != first.id
    assert second.status.value == "indexed"
    assert '"Audience"' in (second.reason or "")
    assert "nobody may read" in (second.fix or "")


def test_who_drops_files_cannot_open_what_a_rule_restricts(laptop: Laptop) -> None:
    write_rules(laptop, "hr/")
    laptop.write("hr/pay.md.metadata.json", FOR_HR.replace('"hr"', '["everyone", "hr"]'))
    laptop.drop("hr/pay.md", PAY)

    assert laptop.keys() == []
    assert laptop.keys("everyone", "hr") == ["hr/pay.md"]

    write_rules(laptop, "hr/", sidecars="decide")
    assert laptop.keys() == ["hr/pay.md"]


def test_the_command_says_who_may_read_a_document_and_why(laptop: Laptop) -> None:
    write_rules(laptop, "hr/")
    laptop.write("hr/pay.md", PAY)
    laptop.write("menu.md.metadata.json", FOR_HR)
    laptop.drop("menu.md", MENU)

    assert told(laptop, "hr/pay.md") == 'hr/pay.md is for hr.\nBy the rule "hr/".\n'
    said = told(laptop, "menu.md", "--as", "it")
    assert "menu.md is for everyone and hr." in said
    assert "Its sidecar narrows what the default" in said
    assert "may not read it" in said
    found = json.loads(told(laptop, "menu.md", "--as", "hr", "--json"))
    assert found["permitted"] is True
    assert found["decided_by"] == "sidecar"


def test_the_command_says_what_every_rule_does_and_what_looks_wrong(laptop: Laptop) -> None:
    write_rules(laptop, "HR/", "board/", "it/*", "menu", audience=["Everyone"])
    laptop.write("hr/pay.md", PAY)
    laptop.write("it/pay.md", PAY)
    laptop.write("lost.md.metadata.json", FOR_HR)
    laptop.write("note.md", MENU)
    laptop.write("note.md.metadata.json", "{")
    laptop.drop("menu.md", MENU)
    found = json.loads(told(laptop, "--json", "--as", "Everyone"))

    assert [rule["documents"] for rule in found["rules"]] == [0, 0, 1, 1]
    assert (found["for_nobody"], found["readable"]) == (3, 1)
    warnings = "\n".join(found["warnings"])
    assert "\"HR/\" is spelt otherwise than 'hr/pay.md'" in warnings
    assert '"board/" matches no document' in warnings
    assert '"it/*" is a pattern, and rules take no patterns' in warnings
    assert "'note.md' is for nobody" in warnings
    assert "'lost.md.metadata.json' speaks of no document" in warnings
    assert 'The audience "Everyone" is not "everyone"' in warnings
    assert len(found["warnings"]) == 6
    assert "Warning: " in told(laptop)
    assert list(laptop.services.access_review.warnings()) == found["warnings"]


def test_the_command_says_what_of_the_chats_entry_looks_wrong(laptop: Laptop) -> None:
    laptop.write("note.md", MENU)
    laptop.write("note.md.metadata.json", '{"metadataAttributes": {"audience": "board"}}')
    laptop.drop("hr/pay.md", PAY)
    slack = {
        "groups": [{"group": "S0HR", "audience": ["hr", "HR"]}],
        "users": [{"user": "U0ANN", "audience": ["board"]}],
        "guests": ["everyone"],
        "approvals": "C0APPR",
        "places": [{"place": "C0LAB", "receipts": ["hr/", "lab/", "hr/*"]}],
    }
    laptop.write_rules(
        access={"rules": [{"prefix": "hr/", "audience": ["hr"]}]}, chat={"slack": slack}
    )

    assert json.loads(told(laptop, "--json"))["warnings"] == [
        'In slack, "HR" is given to the group S0HR, and no rule and no sidecar names it.',
        'In slack, guests may read what is for "everyone", as members may.',
        'In slack, files are added only where both "approvers" and "approvals" are named.',
        'In slack, "hr/*" is a pattern, and rules take no patterns, only how keys begin: C0LAB is '
        "not told of it.",
        'In slack, C0LAB is told of documents under "lab/", and there are none.',
    ]


def test_rules_that_nobody_understands_are_told_as_a_warning(laptop: Laptop) -> None:
    laptop.drop("menu.md", MENU)
    assert laptop.services.access_review.warnings() == ()
    (laptop.settings.data / "access.json").write_text('{"access": {"rules": "hr/"}}')

    (warning,) = laptop.services.access_review.warnings()
    assert "cannot be understood" in warning
