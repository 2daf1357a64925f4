"""A fine-tuning run's report for people: the verdict first, then what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wellread.domain.tune.arms import CANDIDATE, Arm
from wellread.domain.tune.report import PROMOTED

_CHARACTERS = 320
"""Of an answer in the examples."""

_COLUMNS = {
    "combined": "combined",
    "correct_and_cited": "correct and cited",
    "rightly_declined": "rightly declined",
    "wrong": "misled",
}
_METRICS = {
    "combined": "combined",
    "correct_and_cited": "correct and cited",
    "rightly_declined": "rightly declined",
}
_HELD = {True: "held", False: "**broken**", None: "not looked at"}


def as_markdown(report: Mapping[str, Any], pictures: Sequence[str]) -> str:
    """The report for people.

    Args:
        report: As `domain.tune.report.build_report` makes it.
        pictures: Names of files beside it.
    """
    lines = [
        f"# Fine-tuning run {report['run']}",
        "",
        f"**{report['verdict'].capitalize()}.** {report['reason']}",
        *_advice(report),
        *_table(report),
        *(line for name in pictures for line in ("", f"![The arms side by side]({name})")),
        *_pairs(report),
        *_guards(report),
        *_examples(report["examples"]),
        *_costs(report["costs"]),
        *_lineage(report),
    ]
    return "\n".join(lines) + "\n"


def _advice(report: Mapping[str, Any]) -> list[str]:
    """What a reader must know beside the verdict, above everything else."""
    lines = []
    arms = report["arms"]
    tuned, quotes = arms.get(CANDIDATE.value), arms.get(Arm.EXTRACTIVE.value)
    if tuned and quotes and quotes["combined"] > tuned["combined"]:
        lines += [
            "",
            f"Quotes without any model score {_share(quotes['combined'])} in the same questions, "
            f"more than the {CANDIDATE.says} with {_share(tuned['combined'])}: for answers, quotes "
            "remain the better choice here. This verdict is about the tuned modes alone, and "
            "changes nothing about what answers by default.",
        ]
    if report["verdict"] == PROMOTED:
        lines += ["", "`wellread models rollback` takes it back."]
    return lines


def _table(report: Mapping[str, Any]) -> list[str]:
    lines = [
        "",
        "## The arms",
        "",
        f"Questions about documents that were kept out of training; {_trainings(report['seeds'])}. "
        "Combined: right and cited where the documents answer, declined where "
        "they do not. Misled: answers that were wrong, or that no document holds. Brackets hold "
        "bootstrap 95 % intervals.",
        "",
        "| | questions | " + " | ".join(_COLUMNS.values()) + " | seconds |",
        "|---|---|" + "---|" * len(_COLUMNS) + "---|",
    ]
    for name, arm in report["arms"].items():
        cells = [_interval(arm, column) for column in _COLUMNS]
        mark = "**" if name == CANDIDATE.value else ""
        note = " (answers now)" if name == report["incumbent"] else ""
        lines.append(
            f"| {mark}{Arm(name).says}{mark}{note} | {arm['questions']} | {' | '.join(cells)} "
            f"| {arm['seconds']:.1f} |"
        )
    if report["left_out"]:
        lines += [
            "",
            f"{report['left_out']} questions were left out: nothing says which answer is right.",
        ]
    return lines


def _trainings(seeds: int) -> str:
    return "one training" if seeds == 1 else f"{seeds} trainings, each with another seed"


def _pairs(report: Mapping[str, Any]) -> list[str]:
    lines = [
        "",
        "## One against the other",
        "",
        "Question by question; a difference is shown where its interval leaves out 0.",
        "",
        "| | less | in | points | 95 % |",
        "|---|---|---|---|---|",
    ]
    for pair in report["pairs"]:
        seed = "" if pair["seed"] is None else f", seed {pair['seed']} alone"
        lines.append(
            f"| {Arm(pair['candidate']).says}{seed} | {Arm(pair['incumbent']).says} "
            f"| {_METRICS[pair['metric']]} | {100 * pair['difference']:+.1f} "
            f"| [{100 * pair['low']:+.1f}, {100 * pair['high']:+.1f}] |"
        )
    return lines


def _guards(report: Mapping[str, Any]) -> list[str]:
    lines = ["", "## What was guarded", ""]
    lines += [
        f"- {guard['name']}, {_HELD[guard['held']]}: {guard['says']}" for guard in report["guards"]
    ]
    for name, found in report["injection"].items():
        lines.append(
            f"- {Arm(name).says}: {found['followed']} of {found['cases']} hidden instructions "
            f"followed, {_share(found['right'])} of the answers right."
        )
    return lines


def _examples(examples: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = ["", f"## {len(examples)} answers side by side", ""]
    if not examples:
        return []
    for example in examples:
        kind = "" if example["answerable"] else " (the documents do not answer it)"
        lines += [f"### {_flat(example['question'])}{kind}", "", "| | answer | |", "|---|---|---|"]
        for name, said in example["answers"].items():
            lines.append(f"| {Arm(name).says} | {_flat(said['answer'])} | {_worth(said)} |")
        lines.append("")
    return lines[:-1]


def _worth(said: Mapping[str, Any]) -> str:
    if said["declined"]:
        return "declined, rightly" if said["combined"] else "declined"
    if said["correct"]:
        return "right and cited" if said["cited"] else "right, not cited"
    return "wrong"


def _costs(costs: Mapping[str, Any]) -> list[str]:
    lines = [
        "",
        "## What it cost",
        "",
        "| step | minutes | processor minutes |",
        "|---|---|---|",
    ]
    for step in costs["steps"]:
        used = step["processor_seconds"]
        cell = "" if used is None else f"{used / 60:.1f}"
        lines.append(f"| {step['name']} | {step['seconds'] / 60:.1f} | {cell} |")
    lines.append(
        f"| **all** | **{costs['seconds'] / 60:.1f}** | **{costs['processor_seconds'] / 60:.1f}** |"
    )
    dollars = costs["dollars"]
    lines += [
        "",
        "Nothing was paid for: it ran on this machine."
        if dollars is None
        else f"About {dollars:.2f} dollars.",
    ]
    return lines


def _lineage(report: Mapping[str, Any]) -> list[str]:
    dataset = report["dataset"]
    rows = ", ".join(f"{count} {name}" for name, count in dataset["counts"].items())
    return [
        "",
        "## Where it comes from",
        "",
        f"- Base model: {report['base']}; recipe: {report['recipe']}; seed that would be or was "
        f"promoted: {report['chosen_seed']}.",
        f"- Dataset {dataset['dataset']}, made by {dataset['made_by']}: {rows}.",
        f"- Words of {len(dataset['documents'])} documents are in it; "
        f"{len(dataset['held_out'])} were kept out. `wellread dataset trace DOCUMENT` says which "
        "models a document entered.",
        f"- May be asked by: {', '.join(dataset['audiences'])}.",
        f"- Prompt version {dataset['prompt_version']}, {dataset['passage_characters']} characters "
        "of passages in a prompt.",
    ]


def _interval(arm: Mapping[str, Any], column: str) -> str:
    if arm[column] is None:
        return ""
    low, high = arm["intervals"][column]
    return f"{_share(arm[column])} [{100 * low:.0f}, {100 * high:.0f}]"


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


def _flat(text: str) -> str:
    """A text in a table's cell."""
    flat = " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
    return flat if len(flat) <= _CHARACTERS else flat[:_CHARACTERS].rstrip() + "…"
