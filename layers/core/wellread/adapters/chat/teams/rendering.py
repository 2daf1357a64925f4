"""What the bot says, as Teams' messages.

Source: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bot-messages-ai-generated-content
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from wellread.adapters.chat.answer_text import as_markdown, messages
from wellread.adapters.chat.buttons import (
    APPROVE,
    HUMAN,
    REJECT,
    RESOLVED,
    SUGGESTED,
    reply_value,
    text_value,
)
from wellread.adapters.chat.sentences import plain_lines, receipt_lines, size_in_words, where_in
from wellread.adapters.chat.teams.cards import Element, TeamsMessage, button, card, line, lines
from wellread.adapters.chat.teams.wording import in_line, linked, shown_name
from wellread.adapters.chat.wording import cut, in_plain, is_address
from wellread.domain.ask.answers import Answer, Citation, Declined, NearestDocument
from wellread.domain.chat.said import (
    Said,
    SaidApproval,
    SaidHandOver,
    SaidNotice,
    SaidReceipts,
    SaidReply,
)

TEXT_CHARACTERS = 4_000
"""So much of an answer's text goes into one message, whatever it is written in."""

MOST_CITATIONS = 10
"""More markers than that are not made links by Teams' clients."""

UNHEARD = (
    "I could not call anybody who helps to this conversation. Add one of them to it, or ask "
    "whoever runs wellread: its log says what to set up."
)

_SCHEMA = "https://schema.org"
_NAME, _ABSTRACT, _KEYWORD = 80, 160, 28
_SOURCES, _QUOTE_CHARACTERS, _FOUND_CHARACTERS = 20, 300, 3_000
_LINK_CHARACTERS = 1_500
_OFFERS, _OFFER_TITLE, _OFFER_CHARACTERS = 3, 60, 300


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody, as Teams mentions them.

    Attributes:
        id: Their account in Teams, or what else is known of them.
        name: Untrusted; empty where it is not known.
        person: Their id in the directory.
    """

    id: str
    name: str
    person: str


Accounts = Callable[[str], Account]
"""Gives the account of the id of a person, or of a group of people."""


def rendered(said: Said, accounts: Accounts) -> list[TeamsMessage]:
    """What is said, as one message or, where it is long, as several."""
    if isinstance(said, SaidReply):
        return _reply(said)
    if isinstance(said, SaidNotice):
        return [_notice(said, accounts)]
    if isinstance(said, SaidHandOver):
        return [_hand_over(said, accounts)]
    if isinstance(said, SaidApproval):
        return [_approval(said, accounts)]
    return [_of_lines(_receipts(said) or ["Nothing to tell of now."])]


def _notice(said: SaidNotice, accounts: Accounts) -> TeamsMessage:
    message = _of_lines(plain_lines(said.text, in_line))
    if not said.offers:
        return message
    actions = [
        {
            "type": "imBack",
            "title": in_plain(each, _OFFER_TITLE),
            "value": in_plain(each, _OFFER_CHARACTERS),
        }
        for each in said.offers[:_OFFERS]
    ]
    return replace(message, suggested={"to": [accounts(said.offered_to).id], "actions": actions})


def text_parts(text: str) -> list[str]:
    """An answer's text as that of messages, one after another."""
    cut_up = messages(as_markdown(text), TEXT_CHARACTERS, tables=0)
    return ["\n\n".join(map(str, pieces)) for pieces in cut_up]


def _reply(said: SaidReply) -> list[TeamsMessage]:
    parts = text_parts(said.reply.outcome.text)
    if said.asked_by:
        parts[0] = f"*{in_line(said.question)}*\n\n{parts[0]}"
    if len(parts) > 1:
        parts = [f"{part}\n\n*Part {n} of {len(parts)}*" for n, part in enumerate(parts, start=1)]
    made = [_with_citations(part, said) for part in parts]
    *before, last = made
    last = replace(last, judged=said.judged)
    for quotes in (True, False):
        together = last.with_card(_below(said, quotes=quotes))
        if together.fits:
            return [*before, together]
    return [*before, last, TeamsMessage("", card=_below(said, quotes=False))]


def _with_citations(text: str, said: SaidReply) -> TeamsMessage:
    """A part of an answer, with what its markers stand for, and the label of what is generated."""
    reply = said.reply
    if not isinstance(reply.outcome, Answer):
        return TeamsMessage(text or "…")
    numbered = list(enumerate(reply.citations, start=1))[:MOST_CITATIONS]
    here = [(number, each) for number, each in numbered if f"[{number}]" in text]
    for links in (True, False):
        entity: Element = {
            "type": f"{_SCHEMA}/Message",
            "@type": "Message",
            "@context": _SCHEMA,
            "@id": "",
            "additionalType": ["AIGeneratedContent"],
        }
        if here:
            entity["citation"] = [_claim(number, each, links=links) for number, each in here]
        made = TeamsMessage(text or "…", (entity,))
        if made.fits:
            break
    return made


def _claim(number: int, citation: Citation, *, links: bool) -> Element:
    title = citation.title or citation.document
    heading = citation.heading.replace(" > ", " › ")
    appearance: Element = {
        "@type": "DigitalDocument",
        "name": in_plain(title, _NAME),
        "abstract": in_plain(citation.quote or heading or title, _ABSTRACT),
    }
    if links and _is_shown(citation.link):
        appearance["url"] = citation.link
    keywords = [in_plain(each, _KEYWORD) for each in where_in(citation, in_plain, 28) if each]
    if keywords:
        appearance["keywords"] = keywords[:3]
    return {"@type": "Claim", "position": number, "appearance": appearance}


def _below(said: SaidReply, *, quotes: bool) -> Element | None:
    """What stands below an answer's or decline's own words."""
    reply = said.reply
    outcome = reply.outcome
    body: list[Element] = []
    actions: list[Element] = []
    if isinstance(outcome, Declined):
        body += _nearest(outcome.nearest)
        actions += _offers(outcome.offers)
    if reply.citations:
        body += _sources(reply.citations, quotes=quotes)
    notices = dict.fromkeys((*outcome.notices, *said.notices))
    body += lines((in_line(notice) for notice in notices), subtle=True)
    if said.human:
        actions.append(button("Ask a human", HUMAN, reply_value(reply.thread, reply.turn)))
    return card(body, actions)


def _sources(citations: Sequence[Citation], *, quotes: bool) -> Iterator[Element]:
    yield line("Sources", strong=True)
    for number, citation in enumerate(citations[:_SOURCES], start=1):
        title = citation.title or citation.document
        where = filter(None, where_in(citation, in_line, 120))
        yield line(" · ".join((f"[{number}] {source_link(citation.link, title)}", *where)))
        if quotes and citation.quote.strip():
            yield line(f"“{in_line(citation.quote, _QUOTE_CHARACTERS)}”", subtle=True)
    if len(citations) > _SOURCES:
        yield line(f"and {len(citations) - _SOURCES} more", subtle=True)


def source_link(url: str, label: str) -> str:
    """A document's title, untrusted, with its link."""
    return linked(url if len(url) <= _LINK_CHARACTERS else "", label)


def _is_shown(url: str) -> bool:
    return is_address(url) and len(url) <= _LINK_CHARACTERS


def _nearest(nearest: Sequence[NearestDocument]) -> Iterator[Element]:
    if nearest:
        yield line("Closest documents", strong=True)
    for near in nearest:
        quoted = f": “{in_line(near.line)}”" if near.line else ""
        yield line(f"{source_link(near.link, near.name)}{quoted}")


def _offers(offers: Sequence[str]) -> Iterator[Element]:
    for offer in offers[:5]:
        value = text_value(offer)
        if value is not None:
            yield button(offer, SUGGESTED, value)


def _hand_over(said: SaidHandOver, accounts: Accounts) -> TeamsMessage:
    asker = shown_name(accounts(said.asked_by).name) if said.asked_by else "Somebody"
    entities: tuple[Element, ...] = ()
    actions: list[Element] = []
    if said.resolved_by:
        head = f"Resolved by {shown_name(accounts(said.resolved_by).name)}. {asker} had asked:"
    else:
        called = [_mention(accounts(id)) for id in said.helpers]
        # Two of one name are one mention in the text.
        entities = tuple(dict(called).values())
        words = ", ".join(dict.fromkeys(text for text, _ in called))
        head = f"{words} can you help? {asker} asks:"
        value = reply_value(said.thread, said.turn)
        actions.append(button("Resolved", RESOLVED, value, "positive"))
    body: list[Element] = []
    if said.unheard:
        body += lines([UNHEARD], subtle=True)
    if said.found.strip():
        found = as_markdown(cut(said.found, _FOUND_CHARACTERS))
        body += [line("What I found", strong=True), *lines(found.split("\n\n"))]
    body += lines(source_link(url, title) for title, url in said.links[:_SOURCES])
    text = f"{head}\n\n> {in_line(said.question)}"
    return TeamsMessage(text, entities, card(body, actions))


def _mention(account: Account) -> tuple[str, Element]:
    """The words that call somebody, and what makes them do that."""
    name = shown_name(account.name) if account.name else "helpers"
    text = f"<at>{name}</at>"
    mentioned = {"id": account.id, "name": name, "aadObjectId": account.person}
    return text, {"type": "mention", "text": text, "mentioned": mentioned}


def _approval(said: SaidApproval, accounts: Accounts) -> TeamsMessage:
    name, size = in_line(said.file.name, 200), size_in_words(said.file.size)
    who = shown_name(accounts(said.shared_by).name)
    told = [
        f"{who} wants to add a file to what I answer from:",
        f"> **{name}**{f' ({size})' if size else ''}",
    ]
    actions: list[Element] = []
    if said.decided_by or said.outcome:
        by = f" ({shown_name(accounts(said.decided_by).name)})" if said.decided_by else ""
        told.append(f"{in_line(said.outcome) or 'Decided.'}{by}")
    elif (value := text_value(said.request)) is not None:
        actions = [
            button("Approve", APPROVE, value, "positive"),
            button("Reject", REJECT, value, "destructive"),
        ]
    return replace(_of_lines(told), card=card((), actions))


def _receipts(said: SaidReceipts) -> list[str]:
    return list(receipt_lines(said, in_line, "**"))


def _of_lines(told: Sequence[str]) -> TeamsMessage:
    return TeamsMessage(cut("\n\n".join(told), TEXT_CHARACTERS) or "…")
