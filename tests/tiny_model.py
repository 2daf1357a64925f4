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
    "{% endfor %}{% if add_generation_prompt %}<|answer|>{% endif %}"
)
_TYPES = gguf.TokenType
_NORMS = ("attn_norm", "ffn_norm")


def write_model(path: Path, says: str = "Thirty days [1].", *, context: int = 4096) -> Path:
    """A file with a model that answers so, whatever it is asked."""
    words = says.split()
    bytes_of_all = [f"<0x{byte:02X}>" for byte in range(256)]
    pieces = [f"\N{LOWER ONE EIGHTH BLOCK}{word}" for word in dict.fromkeys(words)]
    tokens = ["<unk>", "<s>", "</s>", "<|answer|>", *bytes_of_all, *pieces]
    types = [_TYPES.UNKNOWN, *[_TYPES.CONTROL] * 3]
    types += [_TYPES.BYTE] * 256 + [_TYPES.NORMAL] * len(pieces)

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(context)
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
    writer.add_chat_template(_TEMPLATE)
    for name, values in _tensors(tokens, words):
        writer.add_tensor(name, values.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _tensors(tokens: list[str], words: list[str]) -> list[tuple[str, np.ndarray]]:
    numbers = {token: number for number, token in enumerate(tokens)}
    embedding = np.random.default_rng(0).normal(size=(len(tokens), HIDDEN))
    embedding /= np.linalg.norm(embedding, axis=1, keepdims=True)
    said = [numbers[f"\N{LOWER ONE EIGHTH BLOCK}{word}"] for word in words]
    end = [] if " ".join(words) == ENDLESS else [numbers["</s>"]]
    chain = [numbers["<|answer|>"], *said, *end]
    assert len({*chain[:-1]}) == len(chain) - 1, "a word stands before one word only"
    output = np.zeros((len(tokens), HIDDEN))
    for before, after in pairwise(chain):
        output[after] += 40 * embedding[before]
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
