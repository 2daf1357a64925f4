"""The report of a comparison, for a person."""

from __future__ import annotations

from datetime import UTC, datetime

from wellread.domain.ingest.reconciliation import EXAMPLES, Difference, Tally

_MEANING: dict[Difference, tuple[str, str]] = {
    Difference.MISSING: (
        "in the bucket, unknown to the registry",
        "Put on the document queue, to be indexed.",
    ),
    Difference.STALE: (
        "in the bucket in another version than the registry speaks of",
        "Put on the document queue, to be indexed in its present version.",
    ),
    Difference.GHOST: (
        "in the registry, gone from the bucket",
        "Put on the document queue, to be removed.",
    ),
    Difference.SIDECAR: (
        "their metadata sidecars say something else than the registry",
        "Put on the document queue; audience, title and link follow.",
    ),
    Difference.STUCK: (
        "received long ago, neither indexed nor failed",
        "Put on the document queue, to be gone on with.",
    ),
    Difference.INTERNAL: (
        "failed inside wellread (`internal`) about a day ago or longer",
        "Put on the document queue, to be tried once more.",
    ),
    Difference.OUTDATED: (
        "read or cut up by another version of wellread",
        "Put on the document queue, to be read again, some in every run; what there is goes on "
        "answering meanwhile.",
    ),
    Difference.GIVEN_UP: (
        "taken up again several times without an end",
        "Ended as failed (`internal`). See the log, mend the cause, then "
        "`wellread documents retry`.",
    ),
    Difference.CHUNKS_MISSING: (
        "indexed, but the index shows too few of their chunks",
        "Put on the document queue, to be built again.",
    ),
    Difference.CHUNKS_DOUBLED: (
        "indexed, but the index shows some of their chunks twice",
        "Put on the document queue, to be built again.",
    ),
    Difference.LEFTOVERS: (
        "superseded chunks are still in the index (no answer can show them)",
        "Put on the document queue, to be swept.",
    ),
    Difference.ORPHANED: (
        "in the index, unknown to the registry (no answer can show them)",
        "Put on the document queue, to be swept.",
    ),
}


def as_markdown(
    tally: Tally, checked: Tally, *, run: str, finished_at: float, broken: str = ""
) -> str:
    """What was compared, what differed, what was done, and what a person must do.

    Args:
        tally: Of bucket, registry and index, compared side by side.
        checked: Of the check of the bucket's objects that went before, if any.
        run: Id of the run.
        finished_at: Seconds since the epoch.
        broken: What ended that check, if anything did.
    """
    when = datetime.fromtimestamp(finished_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    states = ", ".join(f"{count} {status}" for status, count in sorted(tally.statuses.items()))
    lines = [
        f"# Reconcile {run}",
        "",
        f"Finished {when}. {tally.compared} documents were compared between bucket, registry and "
        f"index: {tally.differences or 'no'} differences.",
        "",
        f"Registry: {states or 'empty'}.",
    ]
    if tally.forgotten:
        lines.append(f"Last traces removed of {tally.forgotten} documents deleted long ago.")
    if broken:
        lines += [
            "",
            f"The first check of the bucket's objects broke off ({_on_one_line(broken)}). The "
            "comparison came to all of them all the same.",
        ]
    if checked.counts:
        lines += [
            "",
            "## What the first check of the bucket's objects found",
            "",
            f"{checked.differences} of {checked.compared} differed. Their repair was asked for at "
            "once; what was not repaired by then is among the differences below again.",
            *_differences(checked),
        ]
    if tally.counts:
        lines += ["", "## Differences, and what was done", *_differences(tally)]
    lines += ["", "## What a person must do", ""]
    if not tally.failures:
        lines.append("Nothing.")
    for code, count in sorted(tally.failures.items()):
        reason, fix = tally.words[code]
        lines += [f"**{code}**: {count} failed. {reason} {fix}", ""]
        lines += [*_examples(tally.failed.get(code, []), count), ""]
    return "\n".join(lines).rstrip() + "\n"


def _differences(tally: Tally) -> list[str]:
    lines = []
    for kind, (meaning, done) in _MEANING.items():
        count = tally.counts.get(kind.value, 0)
        if count:
            lines += ["", f"**{kind.value}**: {count} {meaning}. {done}", ""]
            lines += _examples(tally.found.get(kind.value, []), count)
    return lines


def _examples(documents: list[str], count: int) -> list[str]:
    lines = [f"- `{_on_one_line(document)}`" for document in documents[:EXAMPLES]]
    if count > len(lines):
        lines.append(f"- and {count - len(lines)} more")
    return lines


def _on_one_line(text: str) -> str:
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown.replace("`", "'")
