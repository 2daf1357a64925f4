"""A strict stand-in for SageMaker: training, serving, its model registry, and what scales it.

The emulator knows none of it. It refuses what the service refuses, as far as wellread could send
it: names and lengths that are out of bounds, fields that do not exist, what is missing or there
already. What trains and what answers is up to whoever runs it.
"""

from stack_local.sagemaker.answers import Answers
from stack_local.sagemaker.server import SageMakerStandIn
from stack_local.sagemaker.trainings import Outcome

__all__ = ["Answers", "Outcome", "SageMakerStandIn"]
