"""A base model in memory, and from the tuned one back to files."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer

from training.failures import TrainingError
from training.recipe import Recipe

_LINEAR = (
    "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
)  # fmt: skip
_SHARDS = ("model.safetensors", "model.safetensors.index.json")

log = logging.getLogger("training")


def load_base(base: Path, recipe: Recipe) -> tuple[Any, Any]:
    """The base model and its tokenizer.

    Args:
        base: A GGUF file, whose weights are unpacked to full precision, or a folder with weights
            as safetensors. Nothing is fetched, and no code that lies in the folder is run.
        recipe: Says the precision.

    Raises:
        TrainingError: It cannot be read, or has no chat template.
    """
    dtype = torch.bfloat16 if recipe.precision == "bf16" else torch.float32
    source: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    folder = base
    if base.is_file():
        folder, source["gguf_file"] = base.parent, base.name
    elif not any((base / name).exists() for name in _SHARDS):
        raise TrainingError(
            f"{base} holds no weights as safetensors. Weights in other forms can run code when "
            "they are read, so they are not taken: convert them first."
        )
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **source)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, **source)
    except (OSError, ValueError, KeyError, NotImplementedError) as error:
        log.error("The base model could not be read", exc_info=error)
        raise TrainingError(
            f"The base model {base.name} could not be read: it is damaged, or of an architecture "
            "that transformers does not know. Take another file of it, or another model."
        ) from error
    if not tokenizer.chat_template:
        raise TrainingError(
            f"The base model {base.name} has no chat template, so it was never taught to answer. "
            "Take one whose name ends in Instruct or Chat."
        )
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    _forget_quantization(model)
    return model, tokenizer


def adapter_config(recipe: Recipe, layers: int) -> LoraConfig:
    """The adapter of a recipe, for a model of so many layers."""
    upper = list(range(layers // 2, layers)) if recipe.layers == "upper-half" else None
    return LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        target_modules=list(_LINEAR),
        layers_to_transform=upper,
        task_type="CAUSAL_LM",
    )


def save_merged(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write whole weights in Hugging Face's form."""
    model.save_pretrained(folder, safe_serialization=True)
    tokenizer.save_pretrained(folder)


def _forget_quantization(model: Any) -> None:
    """Let weights that came from a GGUF be saved: transformers goes on taking them for packed ones.

    They were unpacked as they were read, so nothing about them is quantized any more.
    """
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.hf_quantizer = None
    model.is_quantized = False
    if hasattr(model, "quantization_method"):
        delattr(model, "quantization_method")
