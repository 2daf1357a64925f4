"""From settings to who writes the questions of a dataset."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from wellread.bootstrap.teacher import teacher_of, words_of
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.services.tune.teacher import TeacherDrafts
from wellread.settings import Settings


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


def teacher(folder: Path, **settings: object) -> TeacherDrafts | None:
    return teacher_of(Settings(data=folder, **settings), time.sleep)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"teacher": "bedrock:eu.amazon.nova-lite-v1:0"}, "teacher:eu.amazon.nova-lite-v1:0"),
        ({"teacher": "http://127.0.0.1:9", "teacher_model": "large"}, "teacher:large"),
        (
            {"teacher": "model", "model_url": "http://127.0.0.1:9", "model": "small"},
            "teacher:small",
        ),
    ],
)
def test_a_teacher_is_named_by_its_model(
    settings: dict[str, object], name: str, tmp_path: Path
) -> None:
    found = teacher(tmp_path, **settings)

    assert found is not None
    assert found.name == name
    assert found.cost["requests"] == 0.0


def test_without_one_there_is_none_and_nothing_is_sent(tmp_path: Path) -> None:
    assert teacher(tmp_path) is None
    assert "nothing is sent anywhere" in words_of(Settings(data=tmp_path))


@pytest.mark.parametrize("name", ["bedrock:", "bedrock:x", "large", "ftp://127.0.0.1"])
def test_what_is_no_teacher_is_a_configuration_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigurationError, match="WELLREAD_TEACHER"):
        teacher(tmp_path, teacher=name)


def test_a_budget_is_told_before_anything_is_spent(tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path,
        teacher="bedrock:eu.amazon.nova-lite-v1:0",
        teacher_requests=40,
        teacher_dollars=1.5,
        teacher_read_price=0.1,
    )

    assert words_of(settings).endswith("at most 40 requests and 1.50 dollars.")
