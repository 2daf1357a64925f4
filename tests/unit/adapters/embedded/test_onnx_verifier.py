from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.verifying import cross_encoder
from wellread.adapters.embedded.onnx_verifier import OnnxVerifier
from wellread.domain.ask.checking.claims import Claim
from wellread.domain.knowledge.errors import InvalidConfigurationError, ModelUnavailableError

LEAVE = "Leave is thirty days a year."


def verdict(folder: Path, text: str, source: str) -> bool:
    (found,) = OnnxVerifier(folder).verify([Claim("1", text, source)])
    return found


@pytest.mark.parametrize(
    "labels",
    [
        {"0": "not_entailment", "1": "entailment"},
        {"0": "Unsupported", "1": "Supported"},
        {"0": "no", "1": "yes"},
        {"0": "0", "1": "1"},
    ],
)
def test_the_label_that_means_support_is_found_by_its_name(tmp_path: Path, labels: object) -> None:
    folder = cross_encoder(tmp_path, id2label=labels)

    assert verdict(folder, LEAVE, LEAVE)
    assert not verdict(folder, "Bananas are blue.", LEAVE)


def test_labels_in_the_other_order_turn_the_verdict_round(tmp_path: Path) -> None:
    folder = cross_encoder(tmp_path, id2label={"0": "supported", "1": "unsupported"})

    assert not verdict(folder, LEAVE, LEAVE)
    assert verdict(folder, "Bananas are blue.", LEAVE)


def test_a_source_is_read_in_windows_so_that_its_end_counts(tmp_path: Path) -> None:
    folder = cross_encoder(tmp_path)
    filler = "paper " * 500

    assert verdict(folder, LEAVE, f"{filler}{LEAVE}{filler}")
    assert not verdict(folder, "Bananas are blue.", filler)
    # Words that stand too far apart for one look are not together anywhere.
    assert not verdict(folder, "Bananas are blue.", f"bananas {filler} are blue.")


def test_a_claim_that_leaves_no_room_for_its_source_is_not_supported(tmp_path: Path) -> None:
    folder = cross_encoder(tmp_path)

    assert not verdict(folder, "leave " * 60, "leave " * 60)


def test_a_template_takes_the_place_of_the_pair(tmp_path: Path) -> None:
    # One text has one segment: to this model all of it is source then, and nothing is lacking.
    folder = cross_encoder(tmp_path, claim_template="{source} Is it so that {claim}?")

    assert verdict(folder, "Bananas are {source} blue.", LEAVE)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}, "id2label"),
        ({"id2label": {"0": "entailment", "1": "supported"}}, "id2label"),
        ({"id2label": ["no", "yes"]}, "id2label"),
        ({"id2label": None}, "id2label"),
        ({"id2label": {"0": "no", "7": "yes"}}, "id2label"),
        ({"max_position_embeddings": None}, "max_position_embeddings"),
        ({"max_position_embeddings": 8}, "max_position_embeddings"),
        ({"claim_template": "Is {claim} so?"}, "claim_template"),
    ],
)
def test_a_config_that_leaves_a_question_open_is_refused(
    tmp_path: Path, settings: dict[str, object], why: str
) -> None:
    folder = cross_encoder(tmp_path, **settings)

    with pytest.raises(InvalidConfigurationError, match=f"WELLREAD_VERIFIER.*{why}"):
        OnnxVerifier(folder)


@pytest.mark.parametrize("missing", ["config.json", "tokenizer.json", "model.onnx"])
def test_a_folder_that_lacks_a_file_is_refused_with_its_name(tmp_path: Path, missing: str) -> None:
    folder = cross_encoder(tmp_path)
    (folder / missing).unlink()

    with pytest.raises(InvalidConfigurationError, match=missing):
        OnnxVerifier(folder)


@pytest.mark.parametrize("damaged", ["config.json", "tokenizer.json", "model.onnx"])
def test_a_damaged_file_is_refused(tmp_path: Path, damaged: str) -> None:
    folder = cross_encoder(tmp_path)
    (folder / damaged).write_bytes(b"not this")

    with pytest.raises(InvalidConfigurationError, match=r"WELLREAD_VERIFIER.*opy"):
        OnnxVerifier(folder)


def test_values_for_other_labels_than_are_named_are_no_verdict(tmp_path: Path) -> None:
    folder = cross_encoder(tmp_path, id2label={"0": "a", "1": "b", "2": "entailment"})

    with pytest.raises(ModelUnavailableError, match="labels"):
        verdict(folder, LEAVE, LEAVE)


def test_a_tokenizer_of_another_model_is_no_verdict(tmp_path: Path) -> None:
    folder = cross_encoder(tmp_path)
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokenizer["model"]["vocab"] |= {"leave": 999}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))

    with pytest.raises(ModelUnavailableError, match="tokenizer"):
        verdict(folder, LEAVE, LEAVE)
