"""The gate: whether a tuned model is measurably better than what answers now, and no worse."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

from wellread.domain.tune.arms import CANDIDATE, Arm
from wellread.domain.tune.evidence import METRICS, Evidence, Pair, compared
from wellread.domain.tune.guards import Guard, guards_of

_COMPARED = (Arm.EXTRACTIVE, Arm.BASE_FEW_SHOT, Arm.SPECIALISED_RAG, Arm.RAG)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the gate says.

    Attributes:
        passed: Whether the candidate may be promoted.
        reason: Why, in one or two sentences.
        pairs: All comparisons, the decisive one first.
        guards: All that was guarded.
    """

    passed: bool
    reason: str
    pairs: tuple[Pair, ...] = ()
    guards: tuple[Guard, ...] = ()


def rule(evidence: Evidence) -> Ruling:
    """Whether the candidate may take the incumbent's place.

    It may where the lower bound of its gain in the combined score is above 0, as the mean over all
    seeds and for the seed that would be promoted, and where nothing that is guarded got worse. A
    dataset that holds what it must not is the first thing said.
    """
    over = compared(evidence, CANDIDATE, evidence.incumbent, "combined")
    chosen = compared(evidence, CANDIDATE, evidence.incumbent, "combined", seed=evidence.chosen)
    guards = tuple(guards_of(evidence))
    if over is None or chosen is None:
        reason = "The candidate and what answers now have no question in common."
        return Ruling(False, reason, (), guards)
    pairs = tuple(_pairs(evidence, over, chosen))
    broken = [guard.says for guard in guards if guard.held is False]
    if broken:
        return Ruling(False, " ".join(broken), pairs, guards)
    if over.low <= 0 or chosen.low <= 0:
        return Ruling(False, _no_gain(evidence.incumbent, over, chosen), pairs, guards)
    reason = (
        f"The {CANDIDATE.says} beats the {evidence.incumbent.says} by {over.words} in the combined "
        f"score of {over.count} questions, and nothing that is guarded got worse."
    )
    return Ruling(True, reason, pairs, guards)


def figures_of(evidence: Evidence, ruling: Ruling) -> dict[str, float]:
    """What is kept of an evaluation with the model, by name."""
    ours = [one for one in evidence.outcomes if one.arm is CANDIDATE]
    found = {"combined": fmean(float(one.combined) for one in ours)} if ours else {}
    if ruling.pairs:
        first = ruling.pairs[0]
        found |= {"gain": first.difference, "gain_low": first.low, "gain_high": first.high}
    return found


def _pairs(evidence: Evidence, over: Pair, chosen: Pair) -> list[Pair]:
    pairs = [over]
    if chosen.seed is not None and len({o.seed for o in evidence.outcomes}) > 1:
        pairs.append(chosen)
    others = [arm for arm in _COMPARED if arm is not evidence.incumbent]
    wanted = [
        *((CANDIDATE, evidence.incumbent, name) for name in METRICS if name != over.metric),
        *((CANDIDATE, arm, "combined") for arm in others),
        (Arm.TUNED, Arm.BASE, "combined"),
    ]
    found = (compared(evidence, *each) for each in wanted)
    return [*pairs, *(pair for pair in found if pair is not None)]


def _no_gain(incumbent: Arm, over: Pair, chosen: Pair) -> str:
    if over.high < 0:
        alone = "RAG alone is better" if incumbent is Arm.RAG else "what answers now is better"
        return (
            f"{alone[0].upper()}{alone[1:]}: the {CANDIDATE.says} scores {over.words} against the "
            f"{incumbent.says}."
        )
    if over.low > 0:
        return (
            f"The seeds together gain {over.words} over the {incumbent.says}, but the one that "
            f"would be promoted (seed {chosen.seed}) shows no gain by itself: {chosen.words}."
        )
    return (
        f"No gain is shown over the {incumbent.says}: {over.words} in the combined score of "
        f"{over.count} questions, and the interval does not lie above 0."
    )
