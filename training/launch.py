"""Start a training job on SageMaker from a shell or notebook, with the SageMaker SDK (version 3).

    python training/launch.py --dataset s3://... --base s3://... --output s3://... \
        --recipe small-1.7b --role arn:aws:iam::... --instance ml.g5.xlarge --spot --dry-run

Needs `requirements/launch.txt` in an environment of its own, a region and credentials of AWS. The
stack starts its jobs by itself (docs/fine-tuning.md).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
_CODE = ("*.py", "*.sh", "*.txt", "recipes")
_COMMAND = "bash training/entry.sh"
_IMAGE = {"framework": "huggingface", "version": "5.3.0", "base_framework_version": "pytorch2.9.0"}
_CHECKPOINTS = "/opt/ml/checkpoints"
_HOUR = 3600


class Nowhere:
    """Takes the place of what a session would upload: a dry run changes nothing at AWS."""

    def __init__(self, session: Any, bucket: str) -> None:
        """Take that place.

        Args:
            session: Of the SDK.
            bucket: Where code would be uploaded to.
        """
        self._bucket = bucket
        session.upload_data = self.upload_data
        session.default_bucket = self.default_bucket
        # The SDK would ask IAM whether the role may do all that a job needs.
        os.environ["SAGEMAKER_VALIDATE_ROLE"] = "false"

    def default_bucket(self) -> str:
        """Where code would be uploaded to; nobody asks whether it exists."""
        return self._bucket

    def upload_data(self, path: str, bucket: str, key_prefix: str, **_: Any) -> str:
        """Where a folder would lie."""
        del path
        return f"s3://{bucket}/{key_prefix}"


def main(arguments: Sequence[str]) -> int:
    """Start the job, or print its request."""
    options = _parser().parse_args(arguments)
    wrong = [each for each in options.set if "=" not in each]
    if wrong:
        print(f"launch: --set takes NAME=VALUE, not {wrong[0]}.", file=sys.stderr)  # noqa: T201
        return 2
    # Late, because it takes seconds and --help must not.
    from sagemaker.core.helper.session_helper import Session  # noqa: PLC0415

    bucket = options.output.removeprefix("s3://").split("/")[0]
    session = Session(default_bucket=bucket)
    if options.dry_run:
        Nowhere(session, bucket)
    with tempfile.TemporaryDirectory() as folder:
        code = _code(Path(folder))
        trainer = trainer_of(options, session, code)
        if options.dry_run:
            # The SDK has no public way to show a request; its version is pinned.
            request = trainer._create_training_job_args(boto3=True)
            print(json.dumps(request, indent=2, default=str))  # noqa: T201
        else:
            trainer.train(wait=options.wait, logs=options.wait)
    return 0


def trainer_of(options: argparse.Namespace, session: Any, code: Path) -> Any:
    """The SDK's trainer for a job.

    Args:
        options: What was asked for.
        session: Of the SDK.
        code: Folder with `training/`, which becomes the channel `code`.
    """
    from sagemaker.core import image_uris  # noqa: PLC0415
    from sagemaker.core.shapes import (  # noqa: PLC0415
        CheckpointConfig,
        OutputDataConfig,
        StoppingCondition,
    )
    from sagemaker.core.training.configs import (  # noqa: PLC0415
        Compute,
        InputData,
        SourceCode,
    )
    from sagemaker.train import ModelTrainer  # noqa: PLC0415

    seconds = int(options.hours * _HOUR)
    # A spot job waits for capacity, as long again as it may run.
    waiting = {"max_wait_time_in_seconds": 2 * seconds} if options.spot else {}
    output = options.output.rstrip("/")
    return ModelTrainer(
        sagemaker_session=session,
        role=options.role,
        base_job_name=options.run,
        training_image=options.image
        or image_uris.retrieve(
            **_IMAGE,
            region=session.boto_region_name,
            instance_type=options.instance,
            image_scope="training",
        ),
        source_code=SourceCode(source_dir=str(code), command=_COMMAND),
        compute=Compute(
            instance_type=options.instance,
            instance_count=1,
            volume_size_in_gb=options.volume,
            enable_managed_spot_training=options.spot,
        ),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=seconds, **waiting),
        output_data_config=OutputDataConfig(s3_output_path=output),
        checkpoint_config=CheckpointConfig(
            s3_uri=f"{output}/{options.run}/checkpoints", local_path=_CHECKPOINTS
        ),
        input_data_config=[
            InputData(channel_name="train", data_source=options.dataset),
            InputData(channel_name="model", data_source=options.base),
        ],
        hyperparameters={
            "recipe": options.recipe,
            "seed": str(options.seed),
            "run": options.run,
            "base_name": options.base_name or options.base.rstrip("/").rsplit("/", 1)[-1],
            "base_licence": options.base_licence,
            **dict(each.split("=", 1) for each in options.set),
        },
    )


def _code(folder: Path) -> Path:
    """This folder's code, as the channel `code` has it."""
    target = folder / "training"
    target.mkdir()
    for pattern in _CODE:
        for path in _HERE.glob(pattern):
            if path.is_dir():
                shutil.copytree(path, target / path.name)
            else:
                shutil.copy(path, target)
    return folder


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="launch.py", description="Start a training job on SageMaker."
    )
    for name, words in (
        ("dataset", "S3 folder with train.jsonl, validation.jsonl and manifest.json"),
        ("base", "S3 folder with the weights to start from"),
        ("output", "S3 folder for the model and the checkpoints"),
        ("role", "ARN of the role that the job runs as"),
    ):
        parser.add_argument(f"--{name}", required=True, help=words)
    parser.add_argument("--recipe", default="small-1.7b", help="name of one in training/recipes")
    parser.add_argument("--run", default="wellread-training", help="the job's name begins so")
    parser.add_argument("--image", help="URI of a training image with PyTorch; else AWS's own")
    parser.add_argument("--instance", default="ml.g5.xlarge", help="instance type")
    parser.add_argument("--volume", type=int, default=100, help="disk in GB")
    parser.add_argument("--hours", type=float, default=4.0, help="after which the job is stopped")
    parser.add_argument(
        "--spot", action="store_true", help="on spot capacity, a third of the price"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--base-name", help="what the base is called, for the model card")
    parser.add_argument("--base-licence", default="not stated", help="the base's licence")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--no-wait", dest="wait", action="store_false", help="return at once")
    parser.add_argument("--dry-run", action="store_true", help="print the request, change nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
