"""Makes a checkpoint with the shape of Qwen2.5-VL and random weights (1.6 million parameters, 4 MB), without any hub.

make_tiny_model.py FOLDER. The same numbers every time. What it answers is noise; how it is served is the real thing:
image tokens one per 28 x 28 pixels, the chat template's order, grammars, prefix cache, usage.
"""

from __future__ import annotations

import json
import sys
import sysconfig
from pathlib import Path
from typing import Any

CONTEXT = 32768
VOCABULARY = 4096
HIDDEN = 128
END_OF_TEXT, START, END, VISION_START, VISION_END, VISION_PAD, IMAGE, VIDEO = SPECIALS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{{ '<|im_start|>' + message['role'] + '\\n' }}"
    "{%- if message['content'] is string -%}{{ message['content'] }}"
    "{%- else -%}{%- for part in message['content'] -%}"
    "{%- if part['type'] in ('image', 'image_url') -%}{{ '<|vision_start|><|image_pad|><|vision_end|>' }}"
    "{%- elif 'text' in part -%}{{ part['text'] }}{%- endif -%}"
    "{%- endfor -%}{%- endif -%}"
    "{{ '<|im_end|>\\n' }}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{%- endif -%}"
)


def make_tokenizer(folder: Path) -> dict[str, int]:
    """Train byte-level pairs on Python's own sources; returns the special tokens' numbers."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    sources = sorted(Path(sysconfig.get_path("stdlib")).glob("[a-m]*.py"))
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((path.read_text("utf-8", "replace") for path in sources), trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    return {token: tokenizer.token_to_id(token) for token in SPECIALS}


def write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=1), "utf-8")


def write_processors(folder: Path, ids: dict[str, int]) -> None:
    added = {
        str(number): {
            "content": token,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "single_word": False,
            "special": True,
        }
        for token, number in ids.items()
    }
    write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "Qwen2TokenizerFast",
            "eos_token": END,
            "pad_token": END_OF_TEXT,
            "model_max_length": CONTEXT,
            "added_tokens_decoder": added,
            "chat_template": CHAT_TEMPLATE,
        },
    )
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE, "utf-8")
    write_json(
        folder / "preprocessor_config.json",
        {
            "image_processor_type": "Qwen2VLImageProcessor",
            "processor_class": "Qwen2_5_VLProcessor",
            "patch_size": 14,
            "temporal_patch_size": 2,
            "merge_size": 2,
            "min_pixels": 56 * 56,
            "max_pixels": 1288 * 1288,
            "image_mean": [0.5, 0.5, 0.5],
            "image_std": [0.25, 0.25, 0.25],
        },
    )


def configs(ids: dict[str, int]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The text model's shape and the vision tower's."""
    text = {
        "vocab_size": VOCABULARY,
        "hidden_size": HIDDEN,
        "intermediate_size": 2 * HIDDEN,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "hidden_act": "silu",
        "rms_norm_eps": 1e-6,
        "rope_theta": 1e6,
        # Half of a head's 32 dimensions, shared between time, height and width.
        "rope_scaling": {"type": "mrope", "rope_type": "default", "mrope_section": [4, 6, 6]},
        "max_position_embeddings": CONTEXT,
        "tie_word_embeddings": False,
        "bos_token_id": ids[END_OF_TEXT],
        "eos_token_id": ids[END],
    }
    vision = {
        "depth": 2,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_heads": 4,
        "out_hidden_size": HIDDEN,
        "in_channels": 3,
        "in_chans": 3,
        "patch_size": 14,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "tokens_per_second": 2,
        "window_size": 112,
        "fullatt_block_indexes": [1],
        "hidden_act": "silu",
    }
    return text, vision


def make_model(folder: Path, ids: dict[str, int]) -> int:
    """Save random weights and the config; returns the number of parameters."""
    import torch
    from transformers import GenerationConfig, Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    torch.manual_seed(0)
    text, vision = configs(ids)
    config = Qwen2_5_VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=ids[IMAGE],
        video_token_id=ids[VIDEO],
        vision_token_id=ids[VISION_PAD],
        vision_start_token_id=ids[VISION_START],
        vision_end_token_id=ids[VISION_END],
        tie_word_embeddings=False,
    )
    model = Qwen2_5_VLForConditionalGeneration(config).to(torch.bfloat16).eval()
    model.generation_config = GenerationConfig(eos_token_id=ids[END], pad_token_id=ids[END_OF_TEXT], do_sample=False)
    model.save_pretrained(folder)
    # Published checkpoints carry the text model's fields at the top level; servers read them there.
    saved = json.loads((folder / "config.json").read_text("utf-8"))
    write_json(
        folder / "config.json", {**text, **saved, "torch_dtype": "bfloat16", "rope_scaling": text["rope_scaling"]}
    )
    return sum(parameter.numel() for parameter in model.parameters())


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    ids = make_tokenizer(folder)
    write_processors(folder, ids)
    print(f"{folder}: {make_model(folder, ids) / 1e6:.1f} million parameters")


if __name__ == "__main__":
    main()
