"""The keys by which the emulator and the index know the functions."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from stack_local.built_template import read_template
from stack_local.serverless import KeyPair

_DATA_POLICY = "AWS::OpenSearchServerless::AccessPolicy"
_ROLE = re.compile(r"\$\{(\w+)\.Arn\}")


def keys_at_the_index(client: Any, built: Path) -> Iterator[KeyPair]:
    """Those of the deployed functions whose roles the index's data access policies name.

    Args:
        client: Of Lambda.
        built: The template.
    """
    resources = read_template(built)["Resources"]
    policies = [one["Properties"] for one in resources.values() if one["Type"] == _DATA_POLICY]
    roles = set(_ROLE.findall(json.dumps(policies)))
    names = {
        name
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
        and resource["Properties"]["Role"]["Fn::GetAtt"][0] in roles
    }
    return _keys(client, names)


def _keys(client: Any, names: Collection[str]) -> Iterator[KeyPair]:
    """The emulator derives them from the function's and its role's names.

    See ministack.core.lambda_runtime.execution_credentials.
    """
    for page in client.get_paginator("list_functions").paginate():
        for found in page["Functions"]:
            if not any(f"-{name}-" in found["FunctionName"] for name in names):
                continue
            yield keys_of(found)


def keys_of(function: dict[str, Any]) -> KeyPair:
    """The keys of a function as Lambda lists it, known from its first run on."""
    digest = hashlib.sha256(f"{function['FunctionArn']}:{function['Role']}".encode()).hexdigest()
    return KeyPair(
        access_key=f"ASIA{digest[:16].upper()}",
        secret_key=hashlib.sha256(f"secret:{digest}".encode()).hexdigest(),
        token=hashlib.sha256(f"token:{digest}".encode()).hexdigest(),
    )
