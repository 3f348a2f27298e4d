"""The learning rates of fine-tuning, for each task and method, as found on validation texts.

`fmcourse evidence record transfer` tries a few rates for each and records them; these are the best ones, and a test
compares. But: found for AdamW, batches of 16, 150 steps and 128 labels; other settings want other rates.
"""

USUAL = {"scratch": 1e-3, "head": 1e-1, "last block": 3e-3, "LoRA": 1e-2, "full": 3e-3}  # for a task not below

RATES: dict[str, dict[str, float]] = {
    "sorts": {"scratch": 3e-3, "head": 3e-1, "last block": 3e-3, "LoRA": 3e-2, "full": 1e-2, "permuted": 3e-2},
    "pairs": {"scratch": 3e-4, "head": 3e-1, "last block": 1e-3, "LoRA": 1e-2, "full": 3e-3},
    "pets": {"scratch": 1e-2, "head": 3e-2, "last block": 3e-3, "LoRA": 1e-2, "full": 1e-3},
    "french": {"scratch": 1e-3, "head": 3e-1, "last block": 1e-2, "LoRA": 1e-2, "full": 3e-3},
}


def rate_of(task: str, method: str) -> float:
    """The tuned rate, or the usual one of the method."""
    return RATES.get(task, USUAL)[method]
