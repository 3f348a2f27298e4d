"""A tokenizer of single letters, of the class that CLIP and the first Stable Diffusion have."""

import json


def tokenizer(folder):
    """Made in `folder`, which keeps its two files."""
    from transformers import CLIPTokenizer

    letters = ["<|startoftext|>", "<|endoftext|>", *"abcdefghijklmnopqrstuvwxyz"]
    letters += [f"{letter}</w>" for letter in letters[2:]]
    (folder / "vocab.json").write_text(json.dumps({letter: i for i, letter in enumerate(letters)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77)
