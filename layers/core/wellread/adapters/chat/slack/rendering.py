"""What the bot says, as Slack's messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from wellread.adapters.chat.answer_text import as_markdown, messages
from wellread.adapters.chat.buttons import (
    APPROVE,
    DOWN,
    HUMAN,
    REJECT,
    RESOLVED,
    SUGGESTED,
    UP,
    reply_value,
    text_value,
)
from wellread.adapters.chat.sentences import plain_lines, receipt_lines, size_in_words, where_in
from wellread.adapters.chat.slack.blocks import (
    Block,
    SlackMessage,
    actions,
    button,
    contexts,
    fallback,
    markdown,
    piece_block,
    sections,
    size_of,
)
from wellread.adapters.chat.slack.buttons import SHARE, VERDICT
from wellread.adapters.chat.slack.wording import in_mrkdwn, linked, person
from wellread.adapters.chat.wording import cut
from wellread.domain.ask.answers import Citation, Declined, NearestDocument, Reply
from wellread.domain.chat.said import (
    Said,
    SaidApproval,
    SaidHandOver,
    SaidNotice,
    SaidReply,
)

_CHARACTERS = 12_500
"""Slack takes about 13,000 characters of blocks of all kinds together, which it does not tell."""

_SECTIONS = 4
_SHOWN_LINKS, _FOUND_CHARACTERS = 4, 3000


def rendered(said: Said) -> list[SlackMessage]:
    """What is said, as one message or, where it is long, as several."""
    if isinstance(said, SaidReply):
        return _reply(said)
    if isinstance(said, SaidNotice):
        return [_of_lines(plain_lines(said.text, in_mrkdwn))]
    if isinstance(said, SaidHandOver):
        return [_hand_over(said)]
    if isinstance(said, SaidApproval):
        return [_approval(said)]
    return [_of_lines(list(receipt_lines(said, in_mrkdwn, "*")) or ["Nothing to tell of now."])]


def _reply(said: SaidReply) -> list[SlackMessage]:
    reply = said.reply
    text = as_markdown(reply.outcome.text)
    parts = [[piece_block(piece) for piece in message] for message in messages(text)]
    if said.asked_by:
        asked = f"{person(said.asked_by)} asked: {in_mrkdwn(said.question)}"
        parts[0] = [*contexts([asked]), *parts[0]]
    below = list(_below(said))
    if size_of([*parts[-1], *below]) > _CHARACTERS:
        parts.append([])
    for block in below:
        if size_of([*parts[-1], block]) > _CHARACTERS:
            parts.append([])
        parts[-1].append(block)
    if len(parts) > 1:
        parts = [_numbered(part, n, len(parts)) for n, part in enumerate(parts, start=1)]
    lines = [*plain_lines(reply.outcome.text, in_mrkdwn), *_sources(reply.citations)]
    first = SlackMessage(fallback(lines), tuple(parts[0]))
    more = f"The answer goes on: part {{}} of {len(parts)}."
    rest = [SlackMessage(more.format(n), tuple(p)) for n, p in enumerate(parts[1:], start=2)]
    return [first, *rest]


def _numbered(part: Sequence[Block], number: int, of: int) -> list[Block]:
    return [*contexts([f"Part {number} of {of}"]), *part]


def _below(said: SaidReply) -> Iterator[Block]:
    """What stands below an answer's or decline's own words."""
    reply = said.reply
    outcome = reply.outcome
    if isinstance(outcome, Declined):
        yield from sections(_nearest(outcome.nearest))
        yield from _offers(outcome.offers)
    yield from contexts(_sources(reply.citations))
    notices = dict.fromkeys((*outcome.notices, *said.notices))
    yield from contexts(in_mrkdwn(notice) for notice in notices)
    if said.judged:
        yield _feedback(reply)
    yield from actions(_asks(said))


def _sources(citations: Sequence[Citation]) -> Iterator[str]:
    for number, citation in enumerate(citations, start=1):
        title = citation.title or citation.document
        where = where_in(citation, in_mrkdwn, 120)
        yield " · ".join((f"[{number}] {linked(citation.link, title)}", *filter(None, where)))


def _nearest(nearest: Sequence[NearestDocument]) -> Iterator[str]:
    if nearest:
        yield "*Closest documents*"
    for near in nearest:
        quoted = f": “{in_mrkdwn(near.line)}”" if near.line else ""
        yield f"• {linked(near.link, near.name)}{quoted}"


def _offers(offers: Sequence[str]) -> Iterator[Block]:
    values = [(offer, text_value(offer)) for offer in offers[:5]]
    buttons = [
        button(offer, f"{SUGGESTED}:{number}", value)
        for number, (offer, value) in enumerate(values)
        if value is not None
    ]
    if buttons:
        yield from contexts(["You could ask"])
    yield from actions(buttons)


def _feedback(reply: Reply) -> Block:
    def half(label: str, verdict: str) -> Block:
        value = reply_value(reply.thread, reply.turn, verdict)
        return {"text": {"type": "plain_text", "text": label}, "value": value}

    judged = {
        "type": "feedback_buttons",
        "action_id": VERDICT,
        "positive_button": half("Good answer", UP),
        "negative_button": half("Bad answer", DOWN),
    }
    return {"type": "context_actions", "elements": [judged]}


def _asks(said: SaidReply) -> list[Block]:
    reply = said.reply
    buttons = []
    if said.human:
        value = reply_value(reply.thread, reply.turn)
        buttons.append(button("Ask a human", HUMAN, value))
    question = text_value(said.question) if said.shareable else None
    if question is not None:
        buttons.append(button("Share with everyone here", SHARE, question))
    return buttons


def _hand_over(said: SaidHandOver) -> SlackMessage:
    asker = person(said.asked_by) or "Somebody"
    if said.resolved_by:
        head = f"Resolved by {person(said.resolved_by)}. {asker} had asked:"
    else:
        head = " ".join(filter(None, (*map(person, said.helpers), f"can you help? {asker} asks:")))
    question = f"> {in_mrkdwn(said.question)}"
    found = as_markdown(cut(said.found, _FOUND_CHARACTERS)) if said.found.strip() else ""
    links = (f"• {linked(url, title)}" for title, url in said.links[:_SHOWN_LINKS])
    blocks = [*sections([head, question])]
    if found:
        blocks += [*contexts(["What I found:"]), markdown(found)]
    blocks += contexts(links)
    if not said.resolved_by:
        value = reply_value(said.thread, said.turn)
        blocks += actions([button("Resolved", RESOLVED, value, style="primary")])
    return SlackMessage(fallback([head, question]), tuple(blocks))


def _approval(said: SaidApproval) -> SlackMessage:
    name, size = in_mrkdwn(said.file.name, 200), size_in_words(said.file.size)
    who = person(said.shared_by) or "Somebody"
    head = f"{who} wants to add a file to what I answer from:"
    lines = [head, f"> *{name}*{f' ({size})' if size else ''}"]
    buttons: list[Block] = []
    if said.decided_by or said.outcome:
        by = f" ({person(said.decided_by)})" if person(said.decided_by) else ""
        lines.append(f"{in_mrkdwn(said.outcome) or 'Decided.'}{by}")
    elif (value := text_value(said.request)) is not None:
        buttons = [
            button("Approve", APPROVE, value, style="primary"),
            button("Reject", REJECT, value, style="danger"),
        ]
    blocks = (*sections(lines), *actions(buttons))
    return SlackMessage(fallback(lines), blocks)


def _of_lines(lines: Sequence[str]) -> SlackMessage:
    return SlackMessage(fallback(lines), tuple(islice(sections(lines or ["…"]), _SECTIONS)))
