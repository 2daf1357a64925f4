"""What a request to SageMaker is sent to."""

from __future__ import annotations

import re

from wellread.domain.knowledge.errors import InvalidConfigurationError

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
_NAME = re.compile(r"[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}")


def target(endpoint: str, component: str | None, setting: str) -> dict[str, str]:
    """The parameters of a call that say which model is meant.

    Args:
        endpoint: The endpoint's name.
        component: Of an endpoint with inference components, the one to ask.
        setting: The environment variable that names them.

    Raises:
        InvalidConfigurationError: There can be no endpoint or component of that name.
    """
    for name in (endpoint, component):
        if name is not None and not _NAME.fullmatch(name):
            raise InvalidConfigurationError(
                f'{setting} names "{name}" on SageMaker, which is no name of an endpoint or of an '
                'inference component. Say "sagemaker:<endpoint>", or '
                '"sagemaker:<endpoint>/<inference component>".'
            )
    return {
        "EndpointName": endpoint,
        **({"InferenceComponentName": component} if component is not None else {}),
    }
