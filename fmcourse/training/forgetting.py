"""What is forgotten on the way: facts known after fine-tuning, at two speeds, with and without old documents mixed in.

`python -m fmcourse.training.forgetting` fine-tunes on `pairs` at the tuned rate of a method and, for full fine-tuning,
at one four times as high, and asks for 300 facts afterwards. It continues the rows `forget` of transfer.py, which have
tuned rates alone.

But: one task, one kind of old knowledge, replay from the very source that the model was trained on.
"""

from fmcourse.models.loading import load
from fmcourse.training.finetune import Recipe, as_language_model, finetune
from fmcourse.training.tasks import tasks
from fmcourse.training.transfer import FORGET_LABELS, REPLAY, SEEDS, TESTED

TIMES = 4  # how much faster than tuned


def measure(loaded, method: str, times: float, replay: int, seed: int) -> dict:
    """One fine-tuning at `times` the tuned rate: facts known before and after, and accuracy on new words."""
    from fmcourse.training import narrow
    from fmcourse.training.rates import rate_of
    from fmcourse.world import World

    task, facts = tasks()["pairs"], narrow.test_items(World.default(), "fact", 300, seed)
    recipe = Recipe(rate=times * rate_of("pairs", method), replay=replay)
    tuned = finetune(loaded, task, method, FORGET_LABELS, seed=seed, recipe=recipe)
    return {"method": method, "times": times, "replay": replay, "seed": seed, "rate": recipe.rate,
            "after": narrow.accuracy(as_language_model(tuned, loaded), loaded.tokenizer, facts),
            "accuracy": tuned.accuracy(task.test(TESTED, seed))}


def main() -> int:
    """Measure what is not recorded yet, and record each row as it comes."""
    from fmcourse.classroom.evidence import names, record, recorded, verify

    sources = [f"fmcourse/training/{f}.py" for f in ("forgetting", "finetune", "lora", "tasks", "rates")]
    rows = recorded("forgetting")["rows"] if "forgetting" in names() and not verify("forgetting") else []
    loaded = load("world-gpt")
    for seed in SEEDS:
        for method, times, replay in (("LoRA", 1, REPLAY), ("full", TIMES, 0), ("full", TIMES, REPLAY)):
            key = {"method": method, "times": times, "replay": replay, "seed": seed}
            if not any(key.items() <= r.items() for r in rows):
                rows.append(measure(loaded, **key))
                print(rows[-1], flush=True)
                record("forgetting", rows, sources=sources, command="python -m fmcourse.training.forgetting")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
