"""From where a tuned model is to a generator of it; nothing is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tuned import tuned_model
from wellread.bootstrap.tuned import load_tuned
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.ports.models import Sparing
from wellread.settings import Settings


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("sagemaker:wellread-models/wellread-run-1", "wellread-run-1"),
        ("sagemaker:answers", "answers"),
        ("http://127.0.0.1:8000/v1#reader", "reader"),
        ("https://models.example/v1", "run-1"),
    ],
)
def test_a_location_names_the_model_whatever_else_is_configured(
    location: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    for configured in ({"generator": "bedrock:a.b-v1:0"}, {"model_url": "http://x", "model": "m"}):
        settings = Settings(data=tmp_path, **configured)
        loaded = load_tuned(tuned_model(location=location, passage_characters=1_234), settings)
        assert loaded.name == name
        assert isinstance(loaded, Sparing)
        assert loaded.passage_characters == 1_234


def test_a_file_that_nothing_here_can_run_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigurationError):
        load_tuned(tuned_model(location=str(tmp_path / "none.gguf")), Settings(data=tmp_path))
