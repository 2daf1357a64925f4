"""Which different questions are taken for the same, and which are grouped as one gap.

python -m benchmarks.same_questions QUESTIONS.jsonl ...

A question whose `provenance` says "re-worded from ID" is a rewording of that one.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from itertools import combinations
from pathlib import Path

from wellread.domain.ask.gaps import ALIKE, likeness_of
from wellread.domain.ask.reviewed import question_key


def main(files: list[Path]) -> None:
    """Print both."""
    questions: dict[str, str] = {}
    origins: dict[str, str] = {}
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            questions[entry["id"]] = entry["question"]
            found = re.search(r"re-worded from (\S+)", entry.get("provenance") or "")
            origins[entry["id"]] = found[1] if found else entry["id"]
    keys: dict[str, set[str]] = defaultdict(set)
    for text in questions.values():
        keys[question_key(text)].add(text)
    taken = sum(len(texts) - 1 for texts in keys.values())
    print(f"{len(set(questions.values()))} different questions, {taken} taken for another one")
    names = list(questions)
    likeness = likeness_of([questions[name] for name in names])
    grouped = {True: [0, 0], False: [0, 0]}
    for one, other in combinations(range(len(names)), 2):
        same = origins[names[one]] == origins[names[other]]
        grouped[same][0] += 1
        grouped[same][1] += likeness(one, other) >= ALIKE
    for same, what in ((True, "rewordings"), (False, "other pairs")):
        pairs, alike = grouped[same]
        print(f"{what}: {alike} of {pairs} are alike")


if __name__ == "__main__":
    main([Path(each) for each in sys.argv[1:]])
