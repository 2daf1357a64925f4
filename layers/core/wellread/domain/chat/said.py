"""What the bot says in a chat, before a platform gives it its form."""

from __future__ import annotations

from dataclasses import dataclass

from wellread.domain.ask.answers import Reply
from wellread.domain.chat.events import SharedFile


@dataclass(frozen=True, slots=True)
class SaidReply:
    """The reply to a question, with what people can do about it.

    Attributes:
        reply: An answer or a decline.
        question: What was asked.
        notices: Sentences about this reply that are of the chat's own making.
        judged: Whether people can say what they think of it.
        human: Whether they can ask for a human.
        shareable: Whether its asker, who alone sees it, can show it to the place.
        asked_by: The platform's id of who asked, where the reply does not stand below the question.
    """

    reply: Reply
    question: str
    notices: tuple[str, ...] = ()
    judged: bool = True
    human: bool = False
    shareable: bool = False
    asked_by: str = ""


@dataclass(frozen=True, slots=True)
class SaidNotice:
    """A few sentences in plain words, such as why there is no answer.

    Attributes:
        offers: Questions to choose from, where a platform shows such below a message.
        offered_to: The platform's id of whom they are for.
    """

    text: str
    offers: tuple[str, ...] = ()
    offered_to: str = ""


@dataclass(frozen=True, slots=True)
class SaidHandOver:
    """A question that humans are asked to answer.

    Attributes:
        helpers: The platform's ids of those to mention.
        question: What was asked.
        asked_by: The platform's id of who asked.
        found: What the bot said to it, as far as all may see it who read this.
        links: Title and address of the documents it named.
        thread, turn: Of the reply, for the button that says that it is resolved.
        resolved_by: The platform's id of who said so; empty while it is open.
        unheard: Whether none of those who are mentioned may come to know of it.
    """

    helpers: tuple[str, ...]
    question: str
    asked_by: str
    found: str
    links: tuple[tuple[str, str], ...]
    thread: str
    turn: int
    resolved_by: str = ""
    unheard: bool = False


@dataclass(frozen=True, slots=True)
class SaidApproval:
    """A file that somebody wants added, for those who may approve it.

    Attributes:
        request: What the buttons name.
        files: Which; untrusted names.
        shared_by: The platform's id of who gave it.
        decided_by: The platform's id of who decided; empty while nobody has.
        outcome: What became of it, in words; empty while nobody has decided.
    """

    request: str
    file: SharedFile
    shared_by: str
    decided_by: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class SaidReceipts:
    """What became of dropped files.

    Attributes:
        indexed: How many became searchable.
        removed: How many are gone.
        failed: Names and, in words, cause and fix, of those that failed; untrusted names.
        some: The first of those that became searchable; untrusted names.
        where: The folder that they were dropped in; empty where it is no affair of the readers.
    """

    indexed: int = 0
    removed: int = 0
    failed: tuple[tuple[str, str], ...] = ()
    some: tuple[str, ...] = ()
    where: str = ""

    @property
    def told(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.indexed or self.removed or self.failed)


Said = SaidReply | SaidNotice | SaidHandOver | SaidApproval | SaidReceipts


@dataclass(frozen=True, slots=True)
class HomeDocument:
    """A document on the bot's own page: untrusted name, its link, and its state in words."""

    name: str
    link: str
    state: str


@dataclass(frozen=True, slots=True)
class Home:
    """What the bot's own page shows one person.

    Attributes:
        documents: How many they may read.
        freshest: The newest of them.
        files: The newest of those that they gave to the bot.
        questions: What they asked last, newest first.
        offers: What they could ask.
        more: Whether they may read more documents than that.
    """

    documents: int
    freshest: tuple[HomeDocument, ...] = ()
    files: tuple[HomeDocument, ...] = ()
    questions: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    more: bool = False
