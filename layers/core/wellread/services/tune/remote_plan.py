"""What all runs of a stack have in common."""

from __future__ import annotations

from dataclasses import dataclass

from wellread.domain.tune.costs import Prices


@dataclass(frozen=True, slots=True)
class RemotePlan:
    """What all runs of a stack have in common.

    Attributes:
        prefix: What names of jobs begin with.
        audiences: Who may ask the tuned models.
        rows: The most rows of a dataset.
        least_rows: The fewest that are worth a training.
        passage_characters: How much of passages the model reads.
        base: What the model to start from is called.
        recipe: Name of the recipe.
        instance: The kind of computer that trains.
        seconds: How long one job may run.
        prices: What computers cost.
        budget: Dollars that a run may cost at most; 0 for any number.
        approval_days: How long a model that passed waits for a word; 0 for not at all.
        looks: How often a promoted model's alarms are looked at, once a minute.
        datasets: Folder of the datasets, as who trains names it.
        runs: Folder of the runs, as who trains names it.
    """

    prefix: str
    audiences: frozenset[str]
    rows: int
    least_rows: int
    passage_characters: int
    base: str
    recipe: str
    instance: str
    seconds: int
    prices: Prices
    budget: float
    approval_days: int
    looks: int
    datasets: str
    runs: str
