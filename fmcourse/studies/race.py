"""The fair race of notebook 12: best-of-n, DPO and the policy gradient from one start, with the same comparisons.

`fmcourse evidence record race` runs three seeds (or those named) and records data/recorded/race.json: for each
method the true reward of texts about withheld animals, over the KL from the start.

The rates and the weight of the penalty were chosen on other seeds (0 and 100). The embedding table stays still: Adam
takes a step of one size in every row of it, also for words that no text holds, and that costs nats for nothing.

But: one setting for each method, and a penalty far stronger than in the runs of `feedback`, which push on purpose.
"""

import copy
from collections.abc import Iterator
from typing import Any

from fmcourse.models.loading import Loaded
from fmcourse.studies.feedback import (
    LONGEST,
    SIZES,
    choices,
    compare,
    learned,
    measure,
    recipe_for,
    tuned_start,
    worths,
    write,
)
from fmcourse.tasks import annotators
from fmcourse.tasks.annotators import Annotator
from fmcourse.training import policy, preferences
from fmcourse.training.preferences import DPORecipe
from fmcourse.training.reward_model import train_reward
from fmcourse.world import World

SEEDS, PAIRS, POOL, DRAWN, LOOKS = (3, 4, 5), SIZES[-1], 64, 32, 12
RATE, PENALTY, STEPS, EVERY = 6e-5, 0.1, 36, 6  # of the policy gradient
DPO = DPORecipe(epochs=1, lr=1.2e-4, beta=0.1)
NATS = 1.5  # where the methods are compared; set before the first of these seeds ran


def trial(loaded: Loaded, seed: int) -> Iterator[dict[str, Any]]:
    """One start and the three ways from it, row by row."""
    world = World.default()
    about, others = (annotators.animals(world, withheld=w) for w in (False, True))
    start = tuned_start(loaded, seed)
    start.model.get_input_embeddings().weight.requires_grad_(False)
    texts, pool = write(start, about, DRAWN, seed + 1000), write(start, others, POOL, seed + 2000)
    true = worths(others, pool)
    yield {"what": "start", "kl": 0.0, "true": true.mean(1).tolist(), "n": true.numel()}
    people = compare(choices(about, texts, PAIRS, seed), Annotator(), seed)
    reward = train_reward(loaded, people, recipe_for(PAIRS, seed))
    scores = learned(reward, others, pool)
    for n in (2**k for k in range(1, POOL.bit_length())):
        yield {"what": "best of n", "n": n, "kl": preferences.best_of_n_kl(n),
               "true": preferences.best_of_n(scores, true, n).tolist()}  # fmt: skip

    rows: list[dict[str, Any]] = []
    model, still = copy.deepcopy(start.model), copy.deepcopy(start.model)

    def look(what: str, done: int, every: int) -> None:
        if done % every == 0:
            model.eval()
            found = measure(Loaded(still, start.tokenizer, {}), model, others, reward, LOOKS, seed)
            rows.append({"what": what, "step": done, **found})

    preferences.dpo(model, start.tokenizer, people, DPO, reference=still, on_step=lambda k, _: look("dpo", k, 12))
    yield from rows
    rows.clear()
    model = copy.deepcopy(start.model)
    recipe = policy.PolicyRecipe(steps=STEPS, prompts=8, n=8, kl=PENALTY, lr=RATE, max_new_tokens=LONGEST, seed=seed,
                                 average="token")  # fmt: skip
    policy.improve(model, start.tokenizer, [annotators.prompt(a) for a in about],
                   lambda p, t: reward.score(p, t).tolist(), recipe, reference=still,
                   on_step=lambda k, _: look("policy", k, EVERY))  # fmt: skip
    yield from rows
