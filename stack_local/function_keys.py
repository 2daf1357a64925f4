"""The keys by which the emulator and the index know the functions."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stack_local.built_template import read_template
from stack_local.serverless import KeyPair

_DATA_POLICY = "PassagesDataPolicy"
_ROLE = re.compile(r"\$\{(\w+)\.Arn\}")


def function_keys(client: Any, name: str) -> KeyPair:
    """The keys that the emulator gives to a function's workers, known from its first run on.

    It derives them from the function's and its role's names
    (ministack.core.lambda_runtime.execution_credentials).

    Args:
        client: Of Lambda.
        name: The function's logical id.
    """
    pages = client.get_paginator("list_functions").paginate()
    functions = [one for page in pages for one in page["Functions"]]
    found = next(one for one in functions if f"-{name}-" in one["FunctionName"])
    digest = hashlib.sha256(f"{found['FunctionArn']}:{found['Role']}".encode()).hexdigest()
    return KeyPair(
        access_key=f"ASIA{digest[:16].upper()}",
        secret_key=hashlib.sha256(f"secret:{digest}".encode()).hexdigest(),
        token=hashlib.sha256(f"token:{digest}".encode()).hexdigest(),
    )


def functions_at_the_index(built: Path) -> Iterator[str]:
    """The logical ids of the functions whose roles the index's data access policy names.

    Args:
        built: The template.
    """
    resources = read_template(built)["Resources"]
    roles = set(_ROLE.findall(json.dumps(resources[_DATA_POLICY]["Properties"]["Policy"])))
    for name, resource in resources.items():
        is_function = resource["Type"] == "AWS::Serverless::Function"
        if is_function and resource["Properties"]["Role"]["Fn::GetAtt"][0] in roles:
            yield name
