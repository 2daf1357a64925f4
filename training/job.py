"""What one training is given, from a shell's arguments or from a SageMaker job's folders."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.failures import TrainingError
from training.parent import OPTION
from training.recipe import Recipe, recipe_from

_OWN_NAMES = ("recipe", "seed", "run", "base_name", "base_licence")
"""Hyperparameters that are no values of the recipe."""

_HASHED_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Job:
    """What one training is given, and where its results go.

    Attributes:
        run: Its name.
        dataset: Folder with `train.jsonl`, `validation.jsonl` and, for its lineage, a
            `manifest.json`.
        recipe: How it trains.
        base: A GGUF file, or a folder of weights in Hugging Face's form.
        base_name: What the base is called, for the model card.
        base_licence: Its licence, for the model card; "" where nobody said.
        output: Folder for what comes of it.
        checkpoints: Folder from which a training that was stopped goes on.
        results: A second place for `metrics.json`; None for none.
        seed: Of everything that is drawn.
    """

    run: str
    dataset: Path
    recipe: Recipe
    base: Path
    base_name: str
    base_licence: str
    output: Path
    checkpoints: Path
    results: Path | None
    seed: int

    def fingerprint(self) -> str:
        """Changes with everything that the trained model depends on."""
        digest = hashlib.sha256(repr((self.recipe.as_dict(), self.seed)).encode())
        for name in ("train.jsonl", "validation.jsonl"):
            digest.update((self.dataset / name).read_bytes())
        files = [self.base] if self.base.is_file() else sorted(self.base.rglob("*"))
        for path in files:
            if path.is_file():
                digest.update(f"{path.name} {path.stat().st_size}".encode())
                with path.open("rb") as file:
                    digest.update(file.read(_HASHED_BYTES))
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of a SageMaker training job.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/amazon-sagemaker-toolkits.html
    """

    root: Path

    def hyperparameters(self) -> dict[str, str]:
        """What the job was given, all text; nothing where this is no job."""
        path = self.root / "input/config/hyperparameters.json"
        if not path.is_file():
            return {}
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            return {str(name): str(value) for name, value in values.items()}
        except (ValueError, AttributeError):
            raise TrainingError(f"{path} is no JSON object with the hyperparameters.") from None

    def channel(self, name: str) -> Path:
        """The folder of an input channel."""
        said = os.environ.get(f"SM_CHANNEL_{name.upper()}")
        return Path(said) if said else self.root / "input/data" / name

    @property
    def failure(self) -> Path | None:
        """Where the reason of a failure goes; None where this is no job."""
        return self.root / "output/failure" if (self.root / "input").is_dir() else None


def places() -> Places:
    """Where the folders of a SageMaker job are: `/opt/ml`, or elsewhere for a test."""
    return Places(Path(os.environ.get("WELLREAD_ML_ROOT", "/opt/ml")))


def job_from(arguments: Sequence[str]) -> Job:
    """The job that arguments describe; what they leave out comes from a SageMaker job's folders.

    Raises:
        TrainingError: Something is missing or wrong; the message says what.
        SystemExit: The arguments cannot be read.
    """
    options = _parser().parse_args(arguments)
    inside = places()
    # A SageMaker SDK may leave its own entries among the hyperparameters.
    given = {
        name: value
        for name, value in inside.hyperparameters().items()
        if not name.startswith(("sagemaker_", "sm_"))
    }
    if options.output is None and inside.failure is None:
        raise TrainingError("Name the folder for the results with --output.")
    output = options.output or Path(os.environ.get("SM_MODEL_DIR", inside.root / "model"))
    overrides = {name: value for name, value in given.items() if name not in _OWN_NAMES}
    recipe = options.recipe or given.get("recipe")
    if recipe is None:
        raise TrainingError("Name a recipe: --recipe, or a hyperparameter of that name.")
    base = _base(options.base or inside.channel("model"))
    results = os.environ.get("SM_OUTPUT_DATA_DIR", str(inside.root / "output/data"))
    return Job(
        run=options.run or given.get("run") or output.resolve().name,
        dataset=_dataset(options.dataset or inside.channel("train")),
        recipe=recipe_from(recipe, {**overrides, **_pairs(options.set)}),
        base=base,
        base_name=options.base_name or given.get("base_name") or base.name,
        base_licence=options.base_licence or given.get("base_licence", ""),
        output=output,
        checkpoints=options.checkpoints
        or (inside.root if options.output is None else output) / "checkpoints",
        results=Path(results) if options.output is None else None,
        seed=options.seed if options.seed is not None else _whole(given.get("seed", "0")),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="train.py",
        description="Tune a language model on a dataset. In a SageMaker job, what is not given "
        "comes from the job's channels and hyperparameters.",
    )
    parser.add_argument("--dataset", type=Path, help="folder with train.jsonl, validation.jsonl")
    parser.add_argument("--recipe", help="a YAML file, or the name of one in training/recipes")
    parser.add_argument("--base", type=Path, help="a GGUF file or a folder of weights")
    parser.add_argument("--output", type=Path, help="folder for the results")
    parser.add_argument("--checkpoints", type=Path, help="folder to go on from after a stop")
    parser.add_argument("--seed", type=int, help="of everything that is drawn (0)")
    parser.add_argument("--run", help="name of the run, for the model card")
    parser.add_argument("--base-name", help="what the base is called, for the model card")
    parser.add_argument("--base-licence", help="the base's licence, for the model card")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a value in place of the recipe's; may be given several times",
    )
    parser.add_argument(
        OPTION,
        type=int,
        metavar="PID",
        help="end together with this process, whatever ends it",
    )
    return parser


def _pairs(given: Sequence[str]) -> Mapping[str, str]:
    wrong = [each for each in given if "=" not in each]
    if wrong:
        raise TrainingError(f"--set takes NAME=VALUE, not {wrong[0]}.")
    return dict(each.split("=", 1) for each in given)


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise TrainingError(f"The seed must be a whole number, not {text!r}.") from None


def _dataset(folder: Path) -> Path:
    if not (folder / "train.jsonl").is_file():
        raise TrainingError(
            f"There is no train.jsonl in {folder}. Name the folder of a dataset, or give the job "
            "a channel `train` that holds one."
        )
    if not (folder / "validation.jsonl").is_file():
        raise TrainingError(
            f"There is no validation.jsonl in {folder}: rows kept out of training say when to end "
            "it. Build the dataset again with `wellread dataset build`."
        )
    return folder


def _base(where: Path) -> Path:
    """A GGUF file, or a folder of weights; a folder with one GGUF and nothing else means the GGUF.

    Raises:
        TrainingError: There is neither.
    """
    if where.is_dir() and not (where / "config.json").exists():
        found = sorted(where.glob("*.gguf"))
        if len(found) == 1:
            return found[0]
        raise TrainingError(
            f"There is no base model in {where}: it needs config.json with weights and a "
            "tokenizer, or one GGUF file."
        )
    if not where.exists():
        raise TrainingError(f"There is no base model at {where}. Name a GGUF file or a folder.")
    if where.is_file() and where.suffix != ".gguf":
        raise TrainingError(f"{where.name} is no GGUF file. Name one, or a folder of weights.")
    return where
