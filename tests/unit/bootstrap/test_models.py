"""From settings to models on AWS; nothing is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.verifying import cross_encoder
from wellread.adapters.aws.bedrock_embedder import BedrockEmbedder
from wellread.adapters.aws.guardrail_verifier import GuardrailVerifier
from wellread.adapters.aws.sagemaker_embedder import SageMakerEmbedder
from wellread.adapters.embedded.onnx_verifier import OnnxVerifier
from wellread.adapters.verifying.model_verifier import ModelVerifier
from wellread.adapters.verifying.words_verifier import WordsVerifier
from wellread.bootstrap import models
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.ports.models import Generator
from wellread.settings import Settings


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


def model_of(generator: str, folder: Path) -> Generator:
    found = models.model_of(Settings(data=folder, generator=generator))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("generator", "name"),
    [
        ("sagemaker:answers/tuned", "tuned"),
        ("sagemaker:answers", "answers"),
        ("bedrock:eu.amazon.nova-lite-v1:0", "eu.amazon.nova-lite-v1:0"),
    ],
)
def test_a_model_on_aws_is_named_by_its_component_endpoint_or_id(
    generator: str, name: str, tmp_path: Path
) -> None:
    assert model_of(generator, tmp_path).name == name


def test_embedders_on_aws_are_chosen_by_their_settings() -> None:
    sagemaker = models.load_embedder("sagemaker:vectors/minilm")
    bedrock = models.load_embedder("bedrock:amazon.titan-embed-text-v2:0")

    assert isinstance(sagemaker, SageMakerEmbedder)
    assert isinstance(bedrock, BedrockEmbedder)
    assert bedrock.model_version == "bedrock:amazon.titan-embed-text-v2:0:1024"


@pytest.mark.parametrize(
    "generator", ["gpt", "sagemaker:", "sagemaker:a/", "sagemaker:a/b/c", "bedrock:", "bedrock:x"]
)
def test_what_is_no_generator_is_a_configuration_error(generator: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigurationError, match="WELLREAD_GENERATOR"):
        model_of(generator, tmp_path)


@pytest.mark.parametrize(
    "embedder",
    ["sagemaker:", "sagemaker:a/", "bedrock:", "bedrock:titan", "bedrock:a.b@x", "bedrock:a.b@"],
)
def test_what_is_no_embedder_on_aws_is_a_configuration_error(embedder: str) -> None:
    with pytest.raises(InvalidConfigurationError, match="WELLREAD_EMBEDDER"):
        models.load_embedder(embedder)


def verifier_of(folder: Path, **settings: object) -> object:
    given = Settings(data=folder, **settings)  # type: ignore[arg-type]
    return models.verifier_of(given, models.model_of(given))


LOCAL = {"model_url": "http://127.0.0.1:1", "model": "reader"}


def test_the_model_that_answers_checks_unless_another_is_named(tmp_path: Path) -> None:
    for model in (LOCAL, {"generator": "sagemaker:answers"}, {"generator": "bedrock:a.b-v1:0"}):
        assert isinstance(verifier_of(tmp_path, **model), ModelVerifier)
        assert isinstance(verifier_of(tmp_path, verifier=" ", **model), ModelVerifier)
        assert isinstance(verifier_of(tmp_path, verifier="words", **model), WordsVerifier)


def test_without_a_model_the_words_check(tmp_path: Path) -> None:
    assert isinstance(verifier_of(tmp_path), WordsVerifier)


def test_a_guardrail_and_a_folder_are_named_behind_a_colon(tmp_path: Path) -> None:
    folder = cross_encoder(tmp_path / "tiny")
    guardrail = verifier_of(tmp_path, verifier="guardrail:abc123:4", **LOCAL)

    assert isinstance(guardrail, GuardrailVerifier)
    assert isinstance(verifier_of(tmp_path, verifier=f"onnx:{folder}", **LOCAL), OnnxVerifier)


@pytest.mark.parametrize(
    "verifier", ["gpt", "Words", "guardrail", "guardrail:", "guardrail:a:b", "onnx:", "onnx:/no/no"]
)
def test_what_is_no_verifier_is_a_configuration_error(verifier: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigurationError, match="WELLREAD_VERIFIER"):
        verifier_of(tmp_path, verifier=verifier, **LOCAL)


def test_a_model_that_is_not_there_cannot_check(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigurationError, match="WELLREAD_MODEL_URL"):
        verifier_of(tmp_path, verifier="model")
