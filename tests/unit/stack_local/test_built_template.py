"""Reading and packing what `sam build` left."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from stack_local.built_template import pack, read_template, zipped

TEMPLATE = """
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: { ContentUri: Layer }
  Large:
    Type: AWS::Serverless::LayerVersion
    Condition: Never
    Properties: { ContentUri: nowhere }
  One:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: One
      Role: !GetAtt Role.Arn
      Layers: [!Ref Layer, !If [Never, !Ref Large, !Ref AWS::NoValue]]
      Environment: { Variables: { WHERE: !Sub "arn:${AWS::Partition}:s3:::${Bucket}/*" } }
  Two:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: One }
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties: { DefinitionUri: machine.asl.json }
  Queue:
    Type: AWS::SQS::Queue
"""


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    for folder in ("Layer/python/pkg/__pycache__", "One"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "Layer/python/pkg/__init__.py").write_text("X = 1\n")
    (tmp_path / "Layer/python/pkg/__pycache__/x.pyc").write_bytes(b"\0")
    (tmp_path / "One/app.py").write_text("def handler(event, context): ...\n")
    (tmp_path / "machine.asl.json").write_text("{}")
    return tmp_path


def test_short_forms_become_long_ones(built: Path) -> None:
    properties = read_template(built / "template.yaml")["Resources"]["One"]["Properties"]
    assert properties["Role"] == {"Fn::GetAtt": ["Role", "Arn"]}
    assert properties["Layers"] == [
        {"Ref": "Layer"},
        {"Fn::If": ["Never", {"Ref": "Large"}, {"Ref": "AWS::NoValue"}]},
    ]
    where = properties["Environment"]["Variables"]["WHERE"]
    assert where == {"Fn::Sub": "arn:${AWS::Partition}:s3:::${Bucket}/*"}


def test_every_artefact_is_packed_once_and_pointed_at(built: Path) -> None:
    template = read_template(built / "template.yaml")
    artefacts = {one.key: one.body for one in pack(template, built, "artefacts", {"Never"})}
    assert len(artefacts) == 3
    resources = template["Resources"]
    one, two = (resources[name]["Properties"]["CodeUri"] for name in ("One", "Two"))
    assert one == two
    assert one.removeprefix("s3://artefacts/") in artefacts
    definition = resources["Machine"]["Properties"]["DefinitionUri"]
    assert definition["Bucket"] == "artefacts"
    assert artefacts[definition["Key"]] == b"{}"
    # SAM wants an address there even though nothing is created.
    assert resources["Large"]["Properties"]["ContentUri"].startswith("s3://artefacts/")


def test_a_zip_has_no_byte_code_and_is_the_same_for_the_same_content(built: Path) -> None:
    first = zipped(built / "Layer")
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.namelist() == ["python/pkg/__init__.py"]
    os.utime(built / "Layer/python/pkg/__init__.py", (1, 1))
    assert zipped(built / "Layer") == first
    (built / "Layer/python/pkg/__init__.py").write_text("X = 2\n")
    assert zipped(built / "Layer") != first
