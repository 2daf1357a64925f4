"""What of CloudFormation the tests of the template need: its conditions and its rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from stack_local.built_template import read_template

PSEUDO = {
    "AWS::AccountId": "111122223333",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::StackName": "wellread",
}


# Reading it takes a tenth of a second, and nothing here changes it.
_read = cache(read_template)


class Template:
    """template.yaml as CloudFormation sees it with some parameters.

    What a resource has (`Ref` of a resource, `Fn::GetAtt`) is left as it is written.
    """

    def __init__(self, file: Path, **parameters: str) -> None:
        self.raw = _read(file)
        unknown = set(parameters) - set(self.raw["Parameters"])
        assert not unknown, f"the template has no parameters {unknown}"
        self.parameters = {
            name: str(parameters.get(name, one["Default"]))
            for name, one in self.raw["Parameters"].items()
        }

    def refusals(self) -> list[str]:
        """What the Rules section says against the parameters, and their own constraints."""
        said = [
            f"{name} is none of the allowed values"
            for name, one in self.raw["Parameters"].items()
            if "AllowedValues" in one
            and self.parameters[name] not in [str(v) for v in one["AllowedValues"]]
        ]
        for rule in self.raw["Rules"].values():
            if self._holds(rule["RuleCondition"]):
                said += [
                    one["AssertDescription"]
                    for one in rule["Assertions"]
                    if not self._holds(one["Assert"])
                ]
        return said

    def condition(self, name: str) -> bool:
        return self._holds(self.raw["Conditions"][name])

    def resources(self, kind: str = "") -> dict[str, Any]:
        """The resources that are made, of a type (or all), with every Fn::If decided."""
        return {
            name: self.decided(resource)
            for name, resource in self.raw["Resources"].items()
            if kind in ("", resource["Type"])
            and ("Condition" not in resource or self.condition(resource["Condition"]))
        }

    def properties(self, name: str) -> dict[str, Any]:
        """A resource's properties; of a function, on top of what Globals says of all."""
        resource = self.resources()[name]
        own: dict[str, Any] = resource.get("Properties", {})
        if resource["Type"] != "AWS::Serverless::Function":
            return own
        everyone = self.decided(self.raw["Globals"]["Function"])
        variables = {
            **everyone["Environment"]["Variables"],
            **own.get("Environment", {}).get("Variables", {}),
        }
        return {**everyone, **own, "Environment": {"Variables": variables}}

    def decided(self, value: Any) -> Any:
        """A value with Fn::If, Fn::Sub and Ref of parameters worked out."""
        if isinstance(value, list):
            return [d for v in value if (d := self.decided(v)) != {"Ref": "AWS::NoValue"}]
        if not isinstance(value, Mapping):
            return value
        if set(value) == {"Fn::If"}:
            name, yes, no = value["Fn::If"]
            return self.decided(yes if self.condition(name) else no)
        if set(value) == {"Fn::Sub"}:
            text, more = value["Fn::Sub"], {}
            if isinstance(text, list):
                text, more = text
            return self._substituted(text, {n: spelled(self.decided(v)) for n, v in more.items()})
        if set(value) == {"Ref"}:
            known = {**PSEUDO, **self.parameters}
            return known.get(value["Ref"], value)
        return {
            key: d
            for key, one in value.items()
            if (d := self.decided(one)) != {"Ref": "AWS::NoValue"}
        }

    def statements(self, role: str) -> Iterator[dict[str, Any]]:
        """What a role may do: its own policies' statements and those attached to it."""
        documents = [p["PolicyDocument"] for p in self.properties(role)["Policies"]]
        documents += [
            policy["Properties"]["PolicyDocument"]
            for policy in self.resources("AWS::IAM::Policy").values()
            if {"Ref": role} in policy["Properties"]["Roles"]
        ]
        for document in documents:
            for statement in document["Statement"]:
                yield {
                    **statement,
                    "Action": listed(statement["Action"]),
                    "Resource": [spelled(one) for one in listed(statement["Resource"])],
                }

    def _substituted(self, text: str, more: Mapping[str, str]) -> str:
        known = {**PSEUDO, **self.parameters, **more}
        return re.sub(r"\$\{([\w:.]+)\}", lambda m: known.get(m[1], m[0]), text)

    def _holds(self, test: Mapping[str, Any]) -> bool:
        ((function, argument),) = test.items()
        match function:
            case "Condition":
                return self.condition(argument)
            case "Fn::Equals":
                first, second = map(self.decided, argument)
                return str(first) == str(second)
            case "Fn::Not":
                return not self._holds(argument[0])
            case "Fn::And":
                return all(map(self._holds, argument))
            case "Fn::Or":
                return any(map(self._holds, argument))
        raise AssertionError(f"{function} is not known here")


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def spelled(resource: Any) -> str:
    """A statement's resource as text: an attribute of a resource as ${Name.Attribute}."""
    match resource:
        case str():
            return resource
        case {"Fn::GetAtt": [name, attribute]}:
            return f"${{{name}.{attribute}}}"
        case {"Ref": name}:
            return f"${{{name}}}"
    raise AssertionError(json.dumps(resource))
