"""A language model of a few kilobytes that says one sentence, in a real GGUF file.

It is a llama with two layers that add nothing: what follows a token is decided by the token alone,
so that its words are known although llama.cpp computes them.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import gguf
import numpy as np

HIDDEN, HEADS, LAYERS, INNER = 32, 4, 2, 64
ENDLESS = "and and"
"""A model that says this says it until it is cut off."""

_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\n' }}"
    "{% endfor %}{% if 'DECLINES' in messages[-1]['content'] %}<|decline|>"
    "{% elif add_generation_prompt %}<|answer|>{% endif %}"
)
_NOBODY_ASKS = "a text that no question holds"
_TYPES = gguf.TokenType
_NORMS = ("attn_norm", "ffn_norm")


def write_model(
    path: Path,
    says: str = "Thirty days [1].",
    *,
    declines: tuple[str, str] = (_NOBODY_ASKS, "No."),
) -> Path:
    """A file with a model that answers so, whatever it is asked.

    Args:
        path: The file.
        says: The answer; no word twice.
        declines: What a question holds to which it says something else, and that, with other words.
    """
    asked, instead = declines
    words = [*says.split(), *instead.split()]
    bytes_of_all = [f"<0x{byte:02X}>" for byte in range(256)]
    pieces = [_piece(word) for word in dict.fromkeys(words)]
    tokens = ["<unk>", "<s>", "</s>", "<|answer|>", "<|decline|>", *bytes_of_all, *pieces]
    types = [_TYPES.UNKNOWN, *[_TYPES.CONTROL] * 4]
    types += [_TYPES.BYTE] * 256 + [_TYPES.NORMAL] * len(pieces)

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(4096)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(HIDDEN // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(types)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template(_TEMPLATE.replace("DECLINES", asked))
    for name, values in _tensors(tokens, {"<|answer|>": says, "<|decline|>": instead}):
        writer.add_tensor(name, values.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _piece(word: str) -> str:
    return f"\N{LOWER ONE EIGHTH BLOCK}{word}"


def _chain(begin: str, says: str) -> list[str]:
    end = [] if says == ENDLESS else ["</s>"]
    chain = [begin, *map(_piece, says.split()), *end]
    assert len({*chain[:-1]}) == len(chain) - 1, "a word stands before one word only"
    return chain


def _tensors(tokens: list[str], sayings: dict[str, str]) -> list[tuple[str, np.ndarray]]:
    numbers = {token: number for number, token in enumerate(tokens)}
    embedding = np.random.default_rng(0).normal(size=(len(tokens), HIDDEN))
    embedding /= np.linalg.norm(embedding, axis=1, keepdims=True)
    output = np.zeros((len(tokens), HIDDEN))
    for begin, says in sayings.items():
        for before, after in pairwise(_chain(begin, says)):
            output[numbers[after]] += 40 * embedding[numbers[before]]
    tensors = [
        ("token_embd.weight", embedding),
        ("output_norm.weight", np.ones(HIDDEN)),
        ("output.weight", output),
    ]
    for layer in range(LAYERS):
        shapes = {
            "attn_q": (HIDDEN, HIDDEN),
            "attn_k": (HIDDEN, HIDDEN),
            "attn_v": (HIDDEN, HIDDEN),
            "attn_output": (HIDDEN, HIDDEN),
            "ffn_gate": (INNER, HIDDEN),
            "ffn_up": (INNER, HIDDEN),
            "ffn_down": (HIDDEN, INNER),
        }
        zeros = [(f"blk.{layer}.{name}.weight", np.zeros(shape)) for name, shape in shapes.items()]
        norms = [(f"blk.{layer}.{name}.weight", np.ones(HIDDEN)) for name in _NORMS]
        tensors += [*zeros, *norms]
    return tensors
