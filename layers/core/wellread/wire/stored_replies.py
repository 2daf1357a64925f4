"""How the records of replies in chats are kept."""

from __future__ import annotations

from dataclasses import fields

from wellread.domain.chat.events import MessageKey
from wellread.domain.chat.replies import ReplyRecord, ReplyState
from wellread.wire.stored_form import pack, unpack


def pack_reply(record: ReplyRecord) -> bytes:
    """A record, without its generation."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    del values["generation"]
    key = record.key
    values["key"] = [key.platform, key.team, key.conversation, key.message]
    return pack(values)


def unpack_reply(data: bytes, generation: int) -> ReplyRecord:
    """The record that `pack_reply` was given, at a generation."""
    values = unpack(data)
    values["key"] = MessageKey(*values["key"])
    values["state"] = ReplyState(values["state"])
    values["references"] = tuple(values["references"])
    return ReplyRecord(**values, generation=generation)
