"""The template that `sam build` leaves, with its artefacts: read, packed, pointed at a bucket."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

# Which property of which resource names an artefact, and whether it wants an object, not an URI.
_ARTEFACTS = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}
# Zip entries carry a time; the same one always, so that the same content has the same name.
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Artefact:
    """A packed piece of the build.

    Attributes:
        key: Its name in the bucket: its content's hash.
        body: A zip, or a state machine's definition as it is.
    """

    key: str
    body: bytes


def read_template(file: Path) -> dict[str, Any]:
    """A CloudFormation template as plain data; short forms (`!Ref`) become their long ones."""
    template = yaml.load(file.read_text(encoding="utf-8"), Loader=_TemplateLoader)  # noqa: S506
    assert isinstance(template, dict)  # noqa: S101  a template is a mapping
    return template


def pack(
    template: dict[str, Any], folder: Path, bucket: str, skipped: Collection[str] = ()
) -> Iterator[Artefact]:
    """Point every artefact of the template at `bucket`, in place, and give the artefacts.

    Args:
        template: As read from `folder`.
        folder: What the template's paths are relative to.
        bucket: Where the caller puts the artefacts.
        skipped: Conditions that are false, whose resources' artefacts are left out.
    """
    packed: dict[Path, Artefact] = {}
    for resource in template["Resources"].values():
        name = _ARTEFACTS.get(resource["Type"])
        properties = resource.get("Properties", {})
        if name is None or not isinstance(properties.get(name), str):
            continue
        if resource.get("Condition") in skipped:
            # SAM's transform wants an address even of what is not created.
            properties[name] = f"s3://{bucket}/left-out"
            continue
        source = (folder / properties[name]).resolve()
        artefact = packed.get(source)
        if artefact is None:
            body = zipped(source) if source.is_dir() else source.read_bytes()
            artefact = Artefact(hashlib.sha256(body).hexdigest(), body)
            packed[source] = artefact
            yield artefact
        if name == "DefinitionUri":
            properties[name] = {"Bucket": bucket, "Key": artefact.key}
        else:
            properties[name] = f"s3://{bucket}/{artefact.key}"


def zipped(folder: Path) -> bytes:
    """The folder as a zip: stored, without byte code, the same bytes for the same content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(folder.rglob("*")):
            if "__pycache__" in file.parts or not file.is_file():
                continue
            entry = zipfile.ZipInfo(str(file.relative_to(folder)), _EPOCH)
            entry.external_attr = (0o755 if file.stat().st_mode & 0o100 else 0o644) << 16
            archive.writestr(entry, file.read_bytes())
    return buffer.getvalue()


class _TemplateLoader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML with CloudFormation's short forms."""


def _short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)  # noqa: S101  there is no fourth kind
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_TemplateLoader.add_multi_constructor("!", _short_form)
