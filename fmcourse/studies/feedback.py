"""One model, tuned on demonstrations and then on comparisons, every way: the workings and the long runs of notebook 12.

`fmcourse evidence record feedback` does all of it for three seeds (or for those named) and records
data/recorded/feedback.json. Each seed is written when it is done, and a second call goes on with the next one.

But: one small model and one task; the recipes were tried on seed 100, which is in no table.

Sources: Ouyang et al. 2022 (the three steps); Gao, Schulman, Hilton 2023, "Scaling laws for reward model
overoptimization"; Bai et al. 2022, "Constitutional AI".
"""

import copy
import random
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from fmcourse.models.encoding import encode_prompt, pad
from fmcourse.models.loading import Loaded
from fmcourse.tasks import annotators
from fmcourse.tasks.annotators import Annotator
from fmcourse.training import policy, preferences
from fmcourse.training.preferences import Comparison, DPORecipe, Pair, usable
from fmcourse.training.reward_model import RewardModel, RewardRecipe, steps_for, train_reward
from fmcourse.types import Model, Tokenizer
from fmcourse.world import World

DEMONSTRATIONS, PASSES, ROWS, RATE = 400, 3, 32, 1e-3
LONGEST = 48  # tokens of a text
SEEDS, SIZES, POOL = (0, 1, 2), (60, 240, 960), 128
DRAWN = 32  # texts about each animal from which pairs are made
EQUAL_KL = 2.0  # nats a text, at which the methods are compared; set before the first run
RL_RATE, KL = 4e-5, 0.02
LIKES = 1.5  # what a polite closing is worth to a biased annotator


def tuned_start(loaded: Loaded, seed: int = 0, demonstrations: int = DEMONSTRATIONS) -> Loaded:
    """A copy of the model after instruction tuning: it has read demonstrations, and answers as they do.

    The loss is over the answer alone; the prompt is given.
    """
    world, rng, model = World.default(), random.Random(f"demonstrations {seed}"), copy.deepcopy(loaded.model)
    about, tokenizer = annotators.animals(world, withheld=False), loaded.tokenizer
    pairs = [(annotators.prompt(a), annotators.demonstration(world, a, rng))
             for a in (about[i % len(about)] for i in range(demonstrations))]  # fmt: skip
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.0)
    steps, done = PASSES * (demonstrations // ROWS), 0
    model.train()
    for _ in range(PASSES):
        rng.shuffle(pairs)
        for first in range(0, demonstrations - ROWS + 1, ROWS):
            for group in optimiser.param_groups:
                group["lr"] = RATE * min(1.0, (done + 1) / 5) * (1 - done / steps)
            loss = model(**answer_batch(tokenizer, pairs[first : first + ROWS])).loss
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            done += 1
    return Loaded(model.eval(), tokenizer, {}, "tuned start")


def answer_batch(tokenizer: Tokenizer, pairs: Sequence[tuple[str, str]]) -> dict[str, Tensor]:
    """Prompts with their answers, with -100 as the label of all that is given: (B, T) each."""
    ids, labels = [], []
    for asked, text in pairs:
        given = len(encode_prompt(tokenizer, asked))
        whole = [*encode_prompt(tokenizer, f"{asked} {text}"), tokenizer.eos_token_id]
        ids.append(whole)
        labels.append([-100] * given + whole[given:])
    rows, mask = pad(ids, tokenizer.pad_token_id)
    return {"input_ids": rows, "attention_mask": mask, "labels": pad(labels, -100)[0]}


def write(loaded: Loaded, about: Sequence[str], n: int, seed: int) -> list[list[str]]:
    """`n` texts about each animal, drawn at temperature 1."""
    rng = torch.Generator().manual_seed(seed)
    samples = policy.sample(loaded.model, loaded.tokenizer, [annotators.prompt(a) for a in about], n=n,
                            max_new_tokens=LONGEST, generator=rng)  # fmt: skip
    texts = [t.strip() for t in samples.texts]
    return [texts[i : i + n] for i in range(0, len(texts), n)]


def worths(about: Sequence[str], texts: Sequence[Sequence[str]]) -> Tensor:
    """The true reward of each text, (animals, n)."""
    world, both = World.default(), zip(about, texts, strict=True)
    return torch.tensor([[annotators.count(world, a, t).worth for t in row] for a, row in both])


def choices(about: Sequence[str], texts: Sequence[Sequence[str]], n: int, seed: int) -> list[tuple[str, str, str]]:
    """`n` questions for an annotator: an animal and two different texts about it."""
    rng, out = random.Random(f"questions {seed}"), []
    while len(out) < n:
        i = rng.randrange(len(about))
        first, second = rng.sample(texts[i], 2)
        if first != second:
            out.append((about[i], first, second))
    return out


def compare(questions: Sequence[tuple[str, str, str]], annotator: Annotator, seed: int) -> list[Pair]:
    """What an annotator chooses, question by question."""
    rng = random.Random(f"choices {seed}")
    return usable([
        Comparison(annotators.prompt(a), x, y, "first" if annotator.prefers_first(a, x, y, rng) else "second")
        for a, x, y in questions
    ])  # fmt: skip


def learned(reward: RewardModel, about: Sequence[str], texts: Sequence[Sequence[str]]) -> Tensor:
    """The learned reward of each text, (animals, n)."""
    flat = [(annotators.prompt(a), t) for a, row in zip(about, texts, strict=True) for t in row]
    return reward.score(*zip(*flat, strict=True)).view(len(about), -1)  # type: ignore[arg-type]  # prompts and texts


# measuring ------------------------------------------------------------------------------------------------------------
def measure(start: Loaded, model: Model, about: Sequence[str], reward: RewardModel | None = None, n: int = 16,
            seed: int = 0) -> dict[str, Any]:  # fmt: skip
    """What `model` writes about animals that no comparison spoke of: `n` texts each, at temperature 1.

    {"kl": nats a text from the start, "true": mean worth of each animal, "halves": the same from every other text,
    "closing", "tokens": means, "texts": three of them, "learned": mean score (with `reward`)}
    """
    samples = policy.sample(model, start.tokenizer, [annotators.prompt(a) for a in about], n=n, max_new_tokens=LONGEST,
                            generator=torch.Generator().manual_seed(seed))  # fmt: skip
    texts = [t.strip() for t in samples.texts]
    rows = [texts[i : i + n] for i in range(0, len(texts), n)]
    kl, true = policy.kl_from(start.model, model, samples), worths(about, rows)
    out = {"n": len(texts), "kl": float(kl.mean()), "kl_error": float(kl.std()) / len(texts) ** 0.5,
           "true": true.mean(1).tolist(), "halves": [true[:, ::2].mean(1).tolist(), true[:, 1::2].mean(1).tolist()],
           "closing": share_closing(about, texts, n), "tokens": float(samples.lengths.float().mean()),
           "texts": [row[0] for row in rows[:3]]}  # fmt: skip
    if reward is not None:
        out["learned"] = float(learned(reward, about, rows).mean())
    return out


def share_closing(about: Sequence[str], texts: Sequence[str], n: int) -> float:
    """How many of the texts end with the polite sentence."""
    seen = [annotators.count(World.default(), about[i // n], t).closing for i, t in enumerate(texts)]
    return sum(seen) / len(seen)


def best_of_n_rows(scores: Tensor, true: Tensor) -> list[dict[str, Any]]:
    """The curve of best-of-n over n, from each half of the pool: so that a peak can be chosen on one and scored on the
    other. `true` and `learned`: for each animal.
    """
    half, rows = scores.shape[1] // 2, []
    for number, part in enumerate((slice(0, half), slice(half, 2 * half))):
        s, t = scores[:, part], true[:, part]
        for n in (2**k for k in range(half.bit_length())):
            rows.append({"half": number, "n": n, "kl": preferences.best_of_n_kl(n),
                         "true": preferences.best_of_n(s, t, n).tolist(),
                         "learned": float(preferences.best_of_n(s, s, n).mean())})  # fmt: skip
    return rows


def at_kl(points: Sequence[tuple[float, float]], kl: float) -> float:
    """The value at a KL, on the straight lines between (kl, value) points; at the end beyond the last one.

    >>> at_kl([(0.0, 1.0), (4.0, 3.0)], 1.0), at_kl([(0.0, 1.0), (4.0, 3.0)], 9.0)
    (1.5, 3.0)
    """
    points = sorted(points)
    for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False):
        if x0 <= kl <= x1:
            return y0 if x1 == x0 else y0 + (y1 - y0) * (kl - x0) / (x1 - x0)
    return points[-1][1] if kl > points[-1][0] else points[0][1]


# every way ------------------------------------------------------------------------------------------------------------
def by_policy(start: Loaded, reward: RewardModel, kl: float, seed: int, steps: int = 30, every: int = 5,
              n: int = 12) -> list[dict[str, Any]]:  # fmt: skip
    """The policy gradient against a learned reward, measured on the way: one row after every `every` steps."""
    world, model, rows = World.default(), copy.deepcopy(start.model), []
    asked = [annotators.prompt(a) for a in annotators.animals(world, withheld=False)]
    others = annotators.animals(world, withheld=True)

    def look(done: int, _: object) -> None:
        if done % every == 0:
            rows.append({"step": done, **measure(start, model, others, reward, n, seed=seed)})

    recipe = policy.PolicyRecipe(
        steps=steps, prompts=8, n=8, kl=kl, lr=RL_RATE, max_new_tokens=LONGEST, seed=seed, average="token"
    )  # by texts, bad long texts would cost less, and texts grow longer
    policy.improve(model, start.tokenizer, asked, lambda p, t: reward.score(p, t).tolist(), recipe,
                   reference=start.model, on_step=look)  # fmt: skip
    return rows


def by_dpo(start: Loaded, pairs: Sequence[Pair], seed: int, every: int = 12, n: int = 12,
           recipe: DPORecipe | None = None) -> list[dict[str, Any]]:  # fmt: skip
    """DPO on the pairs, measured on the way."""
    model, rows = copy.deepcopy(start.model), []
    others = annotators.animals(World.default(), withheld=True)

    def look(done: int, _: object) -> None:
        if done % every == 0:
            model.eval()
            rows.append({"step": done, **measure(start, model, others, None, n, seed=seed)})

    preferences.dpo(model, start.tokenizer, pairs, recipe or DPORecipe(epochs=1, seed=seed), reference=start.model,
                    on_step=look)  # fmt: skip
    return rows


def by_constitution(questions: Sequence[tuple[str, str, str]], rules: Sequence[annotators.Rule]) -> list[Pair]:
    """Pairs labelled by written rules in place of people; ties are left out."""
    made = {1: "first", 0: "second", -1: "tie"}
    return usable([Comparison(annotators.prompt(a), x, y, made[annotators.judge(rules, a, x, y)])
                   for a, x, y in questions])  # fmt: skip


# the long run ---------------------------------------------------------------------------------------------------------
def trial(loaded: Loaded, seed: int) -> Iterator[dict[str, Any]]:
    """Everything about one seed, row by row."""
    world = World.default()
    about, others = (annotators.animals(world, withheld=w) for w in (False, True))
    start = tuned_start(loaded, seed)
    texts, pool = write(start, about, DRAWN, seed + 1000), write(start, others, POOL, seed + 2000)
    true = worths(others, pool)
    yield {"what": "start", "true": true.mean(1).tolist(), "spread": float(true.std()), "n": true.numel(),
           "closing": share_closing(others, [t for row in pool for t in row], POOL)}  # fmt: skip
    questions = choices(about, texts, SIZES[-1], seed)
    people = compare(questions, Annotator(), seed)
    rewards, middle = {}, SIZES[1]
    for size in SIZES:
        rewards[size] = train_reward(loaded, people[:size], recipe_for(size, seed))
        for row in best_of_n_rows(learned(rewards[size], others, pool), true):
            yield {"what": "best of n", "pairs": size, **row}

    for row in by_dpo(start, people, seed):
        yield {"what": "dpo", "pairs": SIZES[-1], **row}
    for size, kl in ((SIZES[-1], KL), (SIZES[0], KL)):
        for row in by_policy(start, rewards[size], kl, seed):
            yield {"what": "policy", "pairs": size, "weight": kl, **row}

    rules = annotators.constitution(lambda a, r: answers[a, r])
    answers = annotators.own_answers(loaded)
    written = by_constitution(questions, rules)
    few = SIZES[0]
    both = people[:few] + written[few:middle]
    sure = compare(questions, Annotator(temperature=0.0), seed)
    right = {(p.prompt, p.chosen, p.rejected) for p in sure}
    for name, pairs in (("few people", people[:few]), ("few people and rules", both), ("people", people[:middle])):
        reward = train_reward(loaded, pairs, recipe_for(middle, seed)) if pairs is both else rewards[len(pairs)]
        scores = learned(reward, others, pool)
        yield {"what": "constitution", "labels": name, "pairs": len(pairs),
               "agree": sum((p.prompt, p.chosen, p.rejected) in right for p in pairs) / len(pairs),
               "true": preferences.best_of_n(scores, true, 16).tolist()}  # fmt: skip

    polite = torch.tensor([[float(annotators.count(world, a, t).closing) for t in row]
                           for a, row in zip(others, pool, strict=True)])  # fmt: skip
    for likes in (0.0, LIKES):
        pairs = compare(questions[:middle], Annotator(likes_closing=likes), seed)
        reward = train_reward(loaded, pairs, recipe_for(middle, seed)) if likes else rewards[middle]
        scores = learned(reward, others, pool)
        yield {"what": "bias", "likes": likes, "closing": float(preferences.best_of_n(scores, polite, 16).mean()),
               "true": preferences.best_of_n(scores, true, 16).tolist()}  # fmt: skip


def recipe_for(pairs: int, seed: int) -> RewardRecipe:
    """Two passes over many pairs, more over few."""
    return RewardRecipe(steps=steps_for(pairs, epochs=2), seed=seed)
