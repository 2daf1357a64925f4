"""`wellread access` tells what is so now, as `ask` does, though no host was told of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.laptop import Laptop
from tests.schedules.aws_world import AwsWorld
from tests.schedules.cloud import cloud
from wellread import bootstrap
from wellread.domain.access.scope import Scope
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import NotFoundError
from wellread.local.access_cli import access
from wellread.local.cli import cli
from wellread.local.status import status

RUN = "# Run\n\nThe pumps are started at noon.\n"
FOR_HR = '{"metadataAttributes": {"audience": "hr"}}'
FOR_STAFF = '{"metadataAttributes": {"audience": "staff"}}'
SIDECAR = "run.md.metadata.json"
STAFF = Scope.of("everyone", "staff")


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[Laptop]:
    """A folder that was served: two documents, which everyone may read."""
    machine = Laptop(tmp_path / "data")
    machine.write("del.md", "# Del\n\nGone soon.\n")
    machine.drop("run.md", RUN)
    yield machine
    machine.close()


@pytest.fixture
def aws() -> Iterator[AwsWorld]:
    with cloud(seed=0) as made:
        world = AwsWorld(made)
        yield world
        world.close()


def call(laptop: Laptop, *arguments: str) -> Result:
    result = CliRunner().invoke(access, ["--data", str(laptop.settings.data), *arguments])
    bootstrap.install(laptop.services)
    return result


def told(laptop: Laptop, *arguments: str) -> str:
    result = call(laptop, *arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_document_that_was_deleted_is_neither_explained_nor_counted(stopped: Laptop) -> None:
    assert told(stopped, "del.md").startswith("del.md is for everyone.")
    stopped.delete("del.md")

    assert isinstance(call(stopped, "del.md").exception, NotFoundError)
    found = json.loads(told(stopped, "--as", "staff", "--json"))
    assert (found["default"]["documents"], found["readable"]) == (1, 1)


def test_a_sidecar_that_restricts_holds_before_anybody_took_it_in(stopped: Laptop) -> None:
    assert "may read it" in told(stopped, "run.md", "--as", "staff")
    stopped.write(SIDECAR, FOR_HR)

    assert stopped.keys("everyone", "staff") == ["del.md"]
    assert "may not read it" in told(stopped, "run.md", "--as", "staff")
    assert "may read it" in told(stopped, "run.md", "--as", "hr")
    found = json.loads(told(stopped, "--as", "staff", "--json"))
    assert (found["by_sidecar"], found["readable"]) == (1, 1)


def test_a_wider_audience_is_told_as_it_holds_once_it_was_taken_in(stopped: Laptop) -> None:
    stopped.write(SIDECAR, FOR_HR)
    stopped.work()
    stopped.write(SIDECAR, FOR_STAFF)

    assert stopped.keys("everyone", "staff") == ["del.md"]
    said = told(stopped, "run.md", "--as", "staff")
    assert "may not read it" in said
    assert "until the change of its sidecar is taken in" in said

    stopped.work()
    assert stopped.keys("everyone", "staff") == ["del.md", "run.md"]
    said = told(stopped, "run.md", "--as", "staff")
    assert "may read it" in said
    assert "until" not in said


def test_a_sidecar_that_broke_is_warned_of_though_nothing_is_served(stopped: Laptop) -> None:
    stopped.write(SIDECAR, "{")

    found = json.loads(told(stopped, "--json"))
    assert found["for_nobody"] == 1
    (warning,) = found["warnings"]
    assert warning.startswith("'run.md' is for nobody")
    looked = CliRunner().invoke(status, ["--data", str(stopped.settings.data), "--json"])
    bootstrap.install(stopped.services)
    assert json.loads(looked.output)["access_warnings"] == [warning]


def test_a_sidecar_of_a_deleted_document_speaks_of_none_and_of_a_new_one_it_does(
    stopped: Laptop,
) -> None:
    stopped.write(SIDECAR, FOR_HR)
    stopped.write("new.md", RUN)
    stopped.write("new.md.metadata.json", FOR_HR)
    assert json.loads(told(stopped, "--json"))["warnings"] == []

    stopped.delete("run.md")
    (warning,) = json.loads(told(stopped, "--json"))["warnings"]
    assert warning.startswith(f"'{SIDECAR}' speaks of no document")


def test_what_a_host_polls_reads_no_sidecar(
    stopped: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped.write(SIDECAR, "{")
    reviewing = stopped.services.access_review
    assert len(reviewing.warnings(now=True)) == 1
    monkeypatch.setattr("wellread.services.access.presence.read_sidecar", None)
    assert reviewing.warnings() == ()


def test_a_bucket_is_looked_at_too(aws: AwsWorld) -> None:
    aws.write_rules('{"access": {}}')
    aws.put("run.md", RUN.encode())
    aws.put("del.md", RUN.encode())
    aws.settle()
    reviewing = aws.reader.access_review
    assert reviewing.explain(DocumentId("run.md"), STAFF).permitted
    assert reviewing.review(STAFF).readable == 2
    aws.put(SIDECAR, FOR_HR.encode())
    aws.delete("del.md")

    assert reviewing.explain(DocumentId("run.md"), STAFF).permitted is False
    with pytest.raises(NotFoundError):
        reviewing.explain(DocumentId("del.md"))
    assert reviewing.review(STAFF).readable == 0


def refused(*arguments: Path | str) -> str:
    # Without a model, so that what is wrongly not refused ends all the same.
    nothing = {"WELLREAD_EMBEDDER": "nobody:nothing"}
    result = CliRunner().invoke(cli, ["serve", *map(str, arguments)], env=nothing)
    assert result.exit_code == 1
    return str(result.exception)


@pytest.mark.parametrize("missing", ["typo", "a-file.md/typo", "data/typo"])
def test_serving_a_folder_that_is_not_there_makes_nothing(tmp_path: Path, missing: str) -> None:
    (tmp_path / "a-file.md").write_text(RUN)
    said = refused("--data", tmp_path / "data", "--documents", tmp_path / missing)

    assert "There is no folder" in said
    assert "--documents" in said
    assert [each.name for each in tmp_path.iterdir()] == ["a-file.md"]


def test_a_data_folder_among_the_documents_is_refused_and_not_made(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    said = refused("--data", docs / "x", "--documents", docs)

    assert "inside the documents folder" in said
    assert list(docs.iterdir()) == []


def test_a_folder_that_was_served_and_is_gone_is_not_made_again(tmp_path: Path) -> None:
    docs, data = tmp_path / "docs", tmp_path / "data"
    data.mkdir()
    (data / "documents-folder.json").write_text(json.dumps({"documents": str(docs)}))

    assert "if it is on a disk that is not connected" in refused("--data", data)
    assert not docs.exists()


def test_the_data_folders_own_documents_folder_is_made(tmp_path: Path) -> None:
    data = tmp_path / "data"
    said = refused("--data", data, "--documents", data / "documents")

    assert "nobody:nothing" in said
    assert (data / "documents").is_dir()
