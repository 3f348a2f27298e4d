"""The learning rates of fine-tuning, for each task and method, as found on validation texts.

`python -m fmcourse.training.transfer` tries a few rates for each and records them; these are the best ones, and a test
compares. But: found for AdamW, batches of 16 and 150 steps; other settings want other rates.
"""

USUAL = {"scratch": 1e-3, "head": 3e-2, "last block": 1e-2, "LoRA": 1e-2, "full": 2e-3}  # for a task that is not below

RATES: dict[str, dict[str, float]] = {
    "sorts": {"scratch": 1e-3, "head": 3e-2, "last block": 3e-2, "LoRA": 2e-2, "full": 2e-3},
    "pairs": {"scratch": 1e-3, "head": 1e-1, "last block": 3e-3, "LoRA": 1e-2, "full": 1e-3},
    "pets": {"scratch": 3e-3, "head": 1e-2, "last block": 3e-2, "LoRA": 1e-2, "full": 1e-3},
    "french": {"scratch": 1e-3, "head": 1e-1, "last block": 3e-3, "LoRA": 5e-3, "full": 1e-3},
}


def rate_of(task: str, method: str) -> float:
    """The tuned rate, or the usual one of the method."""
    return RATES.get(task, USUAL)[method]
