"""Tuned models in SageMaker's model registry, beside a company's other models."""

from __future__ import annotations

import hashlib
from typing import Any

from wellread.adapters.aws.service_errors import Resource
from wellread.domain.tune.models import TunedModel

_MOST_WORDS = 1_000
_MOST_VALUE = 256
"""Characters of a description, and of a property's value."""


class SageMakerPackages:
    """A `ModelCatalogue`: a version of a model package group a model.

    Who answers is not decided there: it is a list for people, with what a model was made of and
    how it was judged.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
    """

    def __init__(self, client: Any, group: str, image: str):
        """Enter models into a group, through a client of SageMaker.

        Args:
            client: Of SageMaker.
            group: Name of the model package group.
            image: The image that serves them.
        """
        self._client = client
        self._group = group
        self._image = image
        self._resource = Resource("model package group", group, "WELLREAD_MODEL_GROUP")

    def enter(self, model: TunedModel, files: str, statistics: str) -> str:
        with self._resource.errors():
            made = self._client.create_model_package(
                ModelPackageGroupName=self._group,
                ModelPackageDescription=_cut(
                    f"{model.run}: {model.base} trained on the dataset {model.dataset} with the "
                    f"recipe {model.recipe}.",
                    _MOST_WORDS,
                ),
                InferenceSpecification={
                    "Containers": [
                        {
                            "Image": self._image,
                            "ModelDataSource": {
                                "S3DataSource": {
                                    "S3Uri": f"{files.rstrip('/')}/",
                                    "S3DataType": "S3Prefix",
                                    "CompressionType": "None",
                                }
                            },
                        }
                    ],
                    "SupportedContentTypes": ["application/json"],
                    "SupportedResponseMIMETypes": ["application/json"],
                },
                ModelMetrics={
                    "ModelQuality": {
                        "Statistics": {"ContentType": "application/json", "S3Uri": statistics}
                    }
                },
                ModelApprovalStatus="PendingManualApproval",
                CustomerMetadataProperties={
                    "run": model.run,
                    "dataset": model.dataset,
                    "recipe": model.recipe,
                    "prompt_version": model.prompt_version,
                    "audiences": _cut(", ".join(sorted(model.audiences)) or "nobody", _MOST_VALUE),
                },
                # The same model is entered once, however often this is tried.
                ClientToken=hashlib.sha256(
                    f"{self._group}/{model.run}/{files}".encode()
                ).hexdigest()[:36],
            )
        return str(made["ModelPackageArn"])

    def judged(self, name: str, model: TunedModel, *, approved: bool) -> None:
        figures = sorted(model.metrics.items())[:40]
        with self._resource.errors():
            self._client.update_model_package(
                ModelPackageArn=name,
                ModelApprovalStatus="Approved" if approved else "Rejected",
                ApprovalDescription=_cut(model.reason or str(model.status), _MOST_WORDS),
                CustomerMetadataProperties={
                    key.replace(" ", "_")[:128]: f"{value:.4f}" for key, value in figures
                }
                or {"judged": str(model.status)},
            )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
