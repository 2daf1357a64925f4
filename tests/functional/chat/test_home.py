"""The bot's own page and its suggestions: what one person may see, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chat_desk import Desk
from tests.chat_people import TEAM, happened
from tests.laptop import Laptop
from wellread.domain.access.scope import personal
from wellread.domain.chat.events import ChatEvent, HomeOpened, PaneOpened, QuestionAsked
from wellread.domain.chat.files import folder_of
from wellread.domain.chat.members import Standing
from wellread.domain.chat.said import Home
from wellread.domain.knowledge.deliveries import Attempt
from wellread.domain.knowledge.errors import TransientError

FIRST, LAST = Attempt(), Attempt(5, last=True)
CHAT = {"slack": {"groups": [{"group": "S0HR", "audience": ["hr"]}], "guests": ["public"]}}
ACCESS = {
    "rules": [
        {"prefix": "hr/", "audience": ["hr"]},
        {"prefix": "open/", "audience": ["everyone", "public"]},
    ]
}


class Office:
    """A laptop with a few documents, and a desk with a member of HR, a member and a guest."""

    def __init__(self, folder: Path) -> None:
        self.laptop = Laptop(folder)
        self.desk = Desk()
        self.desk.people = {"hal": Standing.MEMBER, "ann": Standing.MEMBER, "gus": Standing.GUEST}
        self.desk.groups = {"S0HR": frozenset({"hal", "gus"})}
        self.laptop.services.platforms = {"slack": self.desk.platform()}
        self.laptop.write_rules(access=ACCESS, chat=CHAT)
        self.laptop.write("hr/pay.md", "# Pay\n\nZacharias Quill decides on the pay.\n")
        self.laptop.write("open/hours.md", "# Hours\n\nThe house opens at nine.\n")
        self.laptop.drop("leave.md", "# Leave\n\nThere are thirty days of leave.\n")

    def handle(self, event: ChatEvent, attempt: Attempt = LAST) -> None:
        self.laptop.services.chat.handle(event, attempt)

    def home(self, who: str, attempt: Attempt = LAST) -> Home:
        self.handle(happened(HomeOpened, who, f"D-{who}", below="", direct=True), attempt)
        return self.desk.homes[who]

    def suggested(self, who: str) -> tuple[str, ...]:
        self.desk.suggested.clear()
        self.handle(happened(PaneOpened, who, f"D-{who}", direct=True))
        return self.desk.suggested[-1][1] if self.desk.suggested else ()

    def ask(self, who: str, text: str, thread: str = "1.0") -> None:
        asked = happened(
            QuestionAsked, who, f"D-{who}", below=thread, message=thread, direct=True, text=text
        )
        self.handle(asked)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "data")
    yield made
    made.laptop.close()


def names(home: Home) -> set[str]:
    return {document.name for document in home.freshest}


def test_everybody_is_shown_what_they_may_read_and_how_much_it_is(office: Office) -> None:
    shown = {who: office.home(who) for who in ("hal", "ann", "gus")}

    assert {who: names(home) for who, home in shown.items()} == {
        "hal": {"Pay", "Leave", "Hours"},
        "ann": {"Leave", "Hours"},
        "gus": {"Hours"},
    }
    assert {who: home.documents for who, home in shown.items()} == {"hal": 3, "ann": 2, "gus": 1}
    assert not any(home.more for home in shown.values())


def test_the_freshest_come_first_and_open(office: Office) -> None:
    office.laptop.drop("new.md", "# New\n\nThis is new.\n")
    first = office.home("ann").freshest[0]

    assert first.name == "New"
    assert first.link.startswith("/v1/documents/new.md?revision=")
    assert first.state.startswith("since ")


def test_what_is_suggested_is_answered_by_documents_that_one_may_read(office: Office) -> None:
    assert len(office.suggested("hal")) == 3
    for who, hidden in (("ann", {"pay"}), ("gus", {"pay", "leave"})):
        offers = " ".join((*office.suggested(who), *office.home(who).offers)).casefold()
        assert "hours" in offers
        assert not any(word in offers for word in hidden)


def test_without_documents_nothing_is_suggested(office: Office) -> None:
    for key in ("hr/pay.md", "open/hours.md", "leave.md"):
        office.laptop.delete(key)

    assert office.suggested("hal") == ()
    assert office.home("hal") == Home(0)


def test_what_was_deleted_or_restricted_is_neither_shown_nor_counted(office: Office) -> None:
    office.laptop.delete("open/hours.md")
    office.laptop.write("leave.md.metadata.json", '{"metadataAttributes": {"audience": "hr"}}')

    home = office.home("ann")
    assert (home.documents, home.freshest, home.offers) == (0, (), ())
    assert names(office.home("hal")) == {"Pay", "Leave"}


def test_ones_own_last_questions_are_shown_newest_first(office: Office) -> None:
    office.ask("ann", "hello", "1.1")
    office.ask("ann", "How many days of leave?", "1.2")
    office.ask("ann", "When does the house open?", "1.3")
    office.ask("ann", "How many days of leave?", "1.4")
    office.ask("hal", "Who decides on the pay?", "1.5")

    assert office.home("ann").questions == (
        "How many days of leave?",
        "When does the house open?",
    )
    assert office.home("gus").questions == ()


def give(office: Office, who: str, name: str, content: str) -> None:
    """A file of somebody's, as it is once it was approved."""
    folder = folder_of("slack", TEAM, f"D-{who}")
    audience = personal("slack", TEAM, who)
    office.laptop.write(
        f"{folder}{name}.metadata.json",
        f'{{"metadataAttributes": {{"audience": ["{audience}"]}}}}',
    )
    office.laptop.drop(f"{folder}{name}", content)


def test_the_state_of_files_is_shown_to_who_gave_them(office: Office) -> None:
    give(office, "ann", "notes.md", "# Notes\n\nAnn's own notes.\n")
    give(office, "ann", "empty.md", "")
    give(office, "hal", "other.md", "# Other\n\nSomething of Hal's.\n")

    files = {document.name: document for document in office.home("ann").files}
    assert files["Notes"].state == "Searchable"
    assert files["Notes"].link
    assert files["empty.md"].state.startswith("The file is empty. ")
    assert set(files) == {"Notes", "empty.md"}
    assert {document.name for document in office.home("hal").files} == {"Other"}
    for who in ("hal", "gus"):
        assert "Notes" not in names(office.home(who))
    assert office.home("gus").files == ()


def test_a_person_who_cannot_be_looked_up_is_shown_what_guests_are(office: Office) -> None:
    office.desk.fail("standings", TransientError("away"))
    with pytest.raises(TransientError):
        office.home("hal", FIRST)
    office.desk.fail("standings", TransientError("away"))

    assert names(office.home("hal")) == {"Hours"}


def test_while_the_rules_are_broken_nothing_stays_on_the_page(office: Office) -> None:
    office.home("hal")
    office.laptop.write_rules(access=ACCESS, chat={"slack": {"groups": "S0HR"}})

    office.home("hal")
    assert office.desk.homes["hal"] == Home(0)
    office.laptop.write_rules(access=ACCESS, chat=CHAT)
    assert office.home("hal").documents == 3
