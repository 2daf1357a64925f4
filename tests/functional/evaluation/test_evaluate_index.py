"""`wellread evaluate --index`: the same evaluation, the passages in an OpenSearch."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from stack_local.serverless import KeyPair, ServerlessStandIn, StandInOptions
from tests import opensearch
from tests.laptop import WordEmbedder, shared_reader
from wellread.adapters.aws.opensearch_connection import connect
from wellread.adapters.aws.opensearch_evaluation import index_at
from wellread.adapters.aws.opensearch_index import OpenSearchPassageIndex
from wellread.bootstrap import embedded
from wellread.domain.knowledge.errors import InvalidConfigurationError, InvalidDataFolderError
from wellread.local.cli import cli
from wellread.local.evaluation.command import run_evaluation
from wellread.local.evaluation.plan import plan_evaluation
from wellread.settings import Settings

real_opensearch = opensearch.real_opensearch

QUESTIONS = [
    {"id": "q1", "question": "How many days may a DVD be borrowed?", "gold": ["loans.md"]},
    {"id": "q2", "question": "How many seats has the Lighthouse room?", "gold": ["room.md"]},
]


@dataclass
class Credentials:
    access_key: str = "AKIDEVALUATION"
    secret_key: str = "evaluation-secret"
    token: str | None = None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "library" / "docs"
    documents.mkdir(parents=True)
    (documents / "loans.md").write_text("# Loans\n\nA DVD may be borrowed for seven days.\n")
    (documents / "room.md").write_text("# Room\n\nThe Lighthouse room has twenty-four seats.\n")
    lines = [json.dumps(question) + "\n" for question in QUESTIONS]
    (tmp_path / "library" / "questions.jsonl").write_text("".join(lines))
    return tmp_path / "library"


def evaluate(folder: Path, passage_index, *, elsewhere: bool = True) -> dict[str, Any]:
    folders = plan_evaluation(folder, folder.parent / "out")
    settings = Settings(data=folder.parent / "data", documents=folders.documents)

    def build(settings: Settings) -> embedded.EmbeddedServices:
        services = embedded.EmbeddedServices(settings)
        services.adapters.load_embedder = lambda _: WordEmbedder()
        services.adapters.file_parser = shared_reader()
        if passage_index is not None:
            services.adapters.index = passage_index(services.adapters.rules)
        return services

    return run_evaluation(folders, settings, build=build, elsewhere=elsewhere, draw=lambda *_: [])


def evaluate_at(standin: ServerlessStandIn, folder: Path, name: str) -> dict[str, Any]:
    client = connect(standin.url, credentials=Credentials(), region="eu-central-1")
    with closing(client):
        return evaluate(
            folder,
            lambda rules: OpenSearchPassageIndex(
                client,
                name,
                engine="faiss",
                rules=rules,
                sleep=lambda _: None,
                lag_seconds=0.1,
            ),
        )


def test_passages_come_from_the_index_that_is_named_and_a_new_one_is_filled_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = StandInOptions(
        key_pairs=(KeyPair(Credentials.access_key, Credentials.secret_key),), lag_seconds=0.0
    )
    with ServerlessStandIn(options) as standin:
        for name in ("first", "second"):
            report = evaluate_at(standin, folder, name)
            assert report["index"] == "opensearch"
            assert report["documents"]["indexed"] == 2
            assert report["metrics"]["ndcg@10"]["value"] == 1.0
    assert "The index is new: reading all documents again." in capsys.readouterr().out


def test_a_data_folder_is_for_one_kind_of_index(folder: Path) -> None:
    evaluate(folder, None, elsewhere=False)

    with pytest.raises(InvalidDataFolderError):
        evaluate(folder, None, elsewhere=True)


@pytest.mark.shared
def test_a_plain_server_gets_an_index_for_the_time_of_the_evaluation(
    folder: Path, real_opensearch: Callable[[], str]
) -> None:
    url = real_opensearch()

    def indices() -> str:
        with urllib.request.urlopen(f"{url}/_cat/indices/wellread-evaluation-*?h=index") as answer:
            return answer.read().decode()

    before = indices()
    with index_at(url, None, "packaged") as passage_index:
        report = evaluate(folder, passage_index)
        assert indices() != before
    assert report["metrics"]["ndcg@10"]["value"] == 1.0
    assert indices() == before


def test_an_address_that_is_none_is_said_before_anything_is_done(folder: Path) -> None:
    given = ["evaluate", "--set", folder, "--out", folder.parent / "out", "--index", "nowhere"]
    data = ["--data", folder.parent / "data"]
    done = CliRunner().invoke(cli, [str(part) for part in given + data])

    assert isinstance(done.exception, InvalidConfigurationError)
    assert "nowhere" in str(done.exception)
    assert not (folder.parent / "out").exists()


def test_an_engine_without_an_index_is_a_mistake(folder: Path) -> None:
    given = ["evaluate", "--set", folder, "--out", folder / "out", "--index-engine", "lucene"]
    done = CliRunner().invoke(cli, [str(part) for part in given])

    assert done.exit_code != 0
    assert "--index" in done.output
