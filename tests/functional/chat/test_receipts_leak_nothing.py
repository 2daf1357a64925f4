"""Whoever reads along in a place: it is told of no file that one of them may not see."""

from __future__ import annotations

import json
import random
from pathlib import Path

from tests.chat_desk import PLATFORM, person
from tests.functional.chat.beside import Beside
from wellread.domain.chat.members import Readers, Standing
from wellread.domain.chat.said import SaidReceipts
from wellread.domain.knowledge.documents import DocumentId

AUDIENCES = {
    "open.md": ["everyone"],
    "hr.md": ["hr"],
    "board.md": ["board"],
    "public.md": ["public", "everyone"],
    "both.md": ["hr", "board"],
    "ada.md": ["slack:T1:ada"],
    "failed-hr.txt": ["hr"],
    "failed-open.txt": ["everyone"],
}
GROUPS = {"SHR": "hr", "SBOARD": "board"}
PEOPLE = ("ada", "ben", "cem", "dan", "eve", "fay")
TRIALS = 150


def test_no_file_is_named_or_counted_that_one_of_the_readers_may_not_see(tmp_path: Path) -> None:
    world = Beside(tmp_path)
    for name, audience in AUDIENCES.items():
        said = json.dumps({"metadataAttributes": {"audience": audience}})
        world.laptop.write(f"lab/{name}.metadata.json", said)
        world.laptop.write(f"lab/{name}", "" if "failed" in name else f"# {name}\n\nWords.\n")
    world.laptop.work()
    documents = [DocumentId(f"lab/{name}") for name in AUDIENCES]
    chance = random.Random(13)
    told, silent = 0, 0
    for trial in range(TRIALS):
        may_see = set(AUDIENCES)
        for viewer in set_up(world, chance, f"C{trial}"):
            may_see &= {n for n, audience in AUDIENCES.items() if viewer & set(audience)}
        world.receipts.tell(documents, last=False)
        found = [
            each.said
            for each in world.desk.messages
            if each.place.conversation == f"C{trial}" and isinstance(each.said, SaidReceipts)
        ]
        if not found:
            assert not may_see
            silent += 1
            continue
        (said,) = found
        failed = {name for name, _ in said.failed}
        assert failed | set(said.some) <= may_see
        assert said.indexed + len(failed) == len(may_see)
        told += len(may_see)
    assert told > TRIALS
    assert silent > TRIALS / 20
    world.laptop.close()


def set_up(world: Beside, chance: random.Random, conversation: str) -> list[set[str]]:
    """Let chance say who is what and who reads along; the audiences of each of those."""
    guests = chance.choice([[], ["public"]])
    of_group = {group: chance.sample(PEOPLE, chance.randint(0, 4)) for group in GROUPS}
    standings = {
        who: chance.choices([Standing.MEMBER, Standing.GUEST, Standing.BOT], [8, 1, 1])[0]
        for who in PEOPLE
    }
    members = chance.sample(PEOPLE, chance.randint(1, 4))
    is_open, external = chance.random() < 0.2, chance.random() < 0.1
    rules = {
        "groups": [{"group": g, "audience": [a]} for g, a in GROUPS.items()],
        "users": [{"user": "fay", "audience": ["board"]}],
        "places": [{"place": conversation, "receipts": ["lab/"]}],
    }
    world.say_rules(
        {"sidecars": "decide"}, chat={PLATFORM: rules | ({"guests": guests} if guests else {})}
    )
    world.desk.people = standings
    world.desk.groups = {group: frozenset(of) for group, of in of_group.items()}
    readers = Readers(tuple(map(person, members)), open=is_open, external=external)
    world.desk.conversations[conversation] = readers
    viewers = [set(guests)] if external else []
    viewers += [{"everyone"}] if is_open else []
    for who in members:
        audiences = {"everyone", *({"board"} if who == "fay" else ())}
        audiences |= {GROUPS[group] for group, of in of_group.items() if who in of}
        if standings[who] is not Standing.BOT:
            viewers.append(audiences if standings[who] is Standing.MEMBER else set(guests))
    if not viewers:
        # Nobody reads what bots alone read: it is told nothing.
        viewers = [set()]
    return viewers
