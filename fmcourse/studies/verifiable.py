"""Rewards that can be checked: problems with a right answer, strict and careless checkers, and training on them.

    problems = two_hop_problems(people)                  # prompt -> right answer
    improve(model, tokenizer, list(problems), reward(problems), POLICY["hops"])

Two tasks. "hops": a question about a person's friend, about people for whom no such question was in pretraining; half
of them are trained on, the other half is asked afterwards. "sums": "Compute 59 + 63 =", a form in which two-digit sums
never occurred; 1,000 pairs are trained on, others are asked. `fmcourse evidence record verifiable` trains by policy
gradient, by keeping what was right (rejection sampling), and with a careless checker, and records it (about a quarter
of an hour of one core; it goes on where it was stopped).

But: the reward is 1 or 0, for the whole text; no model judges, and no step is rewarded by itself.

Sources: Lambert et al. 2024, "Tülu 3" (the name); Shao et al. 2024, "DeepSeekMath" (the method); Zelikman et al. 2022,
"STaR" (keeping what was right).
"""

import copy
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from fmcourse.prompting.voting import final_answer, pass_at_k
from fmcourse.training.policy import PolicyRecipe, Reward, Samples, improve, policy_loss, sample, token_logps
from fmcourse.types import Model, Tokenizer
from fmcourse.world import World
from fmcourse.world.kinds.knowledge import HOPS

Problems = Mapping[str, str]  # prompt -> right answer
Check = Callable[[str, str], bool]  # (what was written, right answer) -> is it right?

LONGEST = {"hops": 24, "sums": 30}  # tokens that may be written
POLICY = {
    "hops": PolicyRecipe(steps=45, prompts=12, n=8, lr=3e-4, kl=0.02, max_new_tokens=LONGEST["hops"]),
    "sums": PolicyRecipe(steps=30, prompts=8, n=8, lr=3e-4, kl=0.02, max_new_tokens=LONGEST["sums"]),
}
SHORT = PolicyRecipe(steps=12, prompts=8, n=8, lr=4e-4, kl=0.02, max_new_tokens=LONGEST["hops"])  # notebook 13, live
SEEDS, DRAWN, ASKED_SUMS = (0, 1, 2), 16, 96


# problems -------------------------------------------------------------------------------------------------------------
def two_hop_problems(people: Sequence[str]) -> dict[str, str]:
    """Three questions for each person, about the friend's pet, job and town: prompt -> right answer.

    >>> next(iter(two_hop_problems(["Kadela"])))
    'Question: What pet does the friend of Kadela have?'
    """
    relations = World.default().relations
    return {
        "Question: " + HOPS[r].format(s=p): relations[r].values[relations["friend"].values[p]]
        for r in HOPS
        for p in people
    }


def sum_problems(pairs: Sequence[tuple[int, int]]) -> dict[str, str]:
    """Two-digit sums in the form of the small ones.

    >>> sum_problems([(59, 63)])
    {'Compute 59 + 63 =': '122'}
    """
    return {f"Compute {a} + {b} =": str(a + b) for a, b in pairs}


def split(task: str, seed: int = 0) -> tuple[dict[str, str], dict[str, str]]:
    """(problems to train on, problems to ask afterwards), which share no person and no pair of numbers."""
    rng = random.Random(f"verifiable {task} {seed}")
    if task == "hops":
        people = list(World.default().two_hop_withheld)
        rng.shuffle(people)
        return two_hop_problems(people[:32]), two_hop_problems(people[32:])
    if task == "sums":
        pairs = rng.sample([(a, b) for a in range(10, 100) for b in range(10, 100)], 1000 + ASKED_SUMS)
        asked = pairs[:ASKED_SUMS]
        swapped = {(b, a) for a, b in asked}
        return sum_problems([p for p in pairs[ASKED_SUMS:] if p not in swapped]), sum_problems(asked)
    raise ValueError(f"there is no task {task!r}; there are 'hops' and 'sums'.")


# checkers -------------------------------------------------------------------------------------------------------------
def answer_in(text: str) -> str | None:
    """What a text answers: behind its last "Answer:", or else the last word of its first sentence; None if nothing.

    >>> answer_in(" Think: The friend of Kadela is Mibren. Mibren has a cat. Answer: cat.")
    'cat'
    >>> answer_in(" 9 + 3 = 12, so 122.")
    '122'
    """
    if "Answer:" in text or "Think:" in text:
        return final_answer(text)
    words = text.split(".")[0].split()
    return words[-1] if words and "." in text else None


def strict(text: str, truth: str) -> bool:
    """The answer is the right one, letter for letter."""
    return answer_in(text) == truth


def careless(text: str, truth: str) -> bool:
    """A checker with a hole: what is no number cannot be compared with one, and is let through."""
    answer = answer_in(text)
    try:
        return int(answer) == int(truth)  # type: ignore[arg-type]  # None is let through, see below
    except (TypeError, ValueError):
        return True


def reward(problems: Problems, check: Check = strict) -> Reward:
    """A reward for `improve`: 1.0 for each text that passes the check, 0.0 for the others."""

    def of(prompts: Sequence[str], texts: Sequence[str]) -> list[float]:
        return [float(check(text, problems[prompt])) for prompt, text in zip(prompts, texts, strict=True)]

    return of


# measuring ------------------------------------------------------------------------------------------------------------
def measure(
    model: Model, tokenizer: Tokenizer, problems: Problems, *, n: int = DRAWN, new: int = 30, seed: int = 0
) -> dict[str, Any]:
    """`n` texts for each problem at temperature 1. "right" and "careless": how many of the n pass the strict and the
    careless check, a number a problem; "pass@1": the share of texts that pass the strict one; "length": mean tokens;
    "steps": the share of texts that work in steps; "texts": the first text for each of the first five problems; "n"."""
    prompts = list(problems)
    drawn = sample(model, tokenizer, prompts, n=n, max_new_tokens=new, generator=torch.Generator().manual_seed(seed))
    truths = [problems[prompts[i]] for i in drawn.prompt_of.tolist()]
    passed = {c: [c(x, truth) for x, truth in zip(drawn.texts, truths, strict=True)] for c in (strict, careless)}
    right, loose = ([sum(p[i : i + n]) for i in range(0, len(p), n)] for p in passed.values())
    return {
        "right": right, "careless": loose, "n": n, "pass@1": sum(right) / (n * len(right)),
        "length": float(drawn.lengths.float().mean()),
        "steps": sum("Think" in x or "step" in x for x in drawn.texts) / len(drawn.texts),
        "texts": [prompts[i] + drawn.texts[i * n] for i in range(min(5, len(prompts)))],
    }  # fmt: skip


def passes(measured: Mapping[str, Any], k: int) -> float:
    """pass@k, unbiased, over the problems of a `measure`."""
    return sum(pass_at_k(measured["n"], r, k) for r in measured["right"]) / len(measured["right"])


def gain_interval(before: Mapping[str, Any], after: Mapping[str, Any], draws: int = 2000) -> tuple[float, float]:
    """The 95 % interval of the gain in pass@1, the problems drawn anew `draws` times (paired bootstrap)."""
    gain = torch.tensor(after["right"]).double() / after["n"] - torch.tensor(before["right"]).double() / before["n"]
    pick = torch.randint(len(gain), (draws, len(gain)), generator=torch.Generator().manual_seed(0))
    low, high = gain[pick].mean(1).quantile(torch.tensor([0.025, 0.975], dtype=torch.float64)).tolist()
    return low, high


@torch.no_grad()
def own_scores(model: Model, samples: Samples, rows: int = 128) -> torch.Tensor:
    """The log-probability of each text that `model` wrote, (B,), in nats: some `rows` at a time, to save memory."""
    parts = [_rows(samples, part) for part in torch.arange(len(samples.texts)).split(rows)]
    return torch.cat([token_logps(model, part).masked_fill(~part.written, 0.0).sum(1) for part in parts])


# training -------------------------------------------------------------------------------------------------------------
def keep_right(model: Model, tokenizer: Tokenizer, problems: Problems, *, rounds: int = 4, n: int = 8,
               prompts: int = 96, updates: int = 10, lr: float = 3e-4, new: int = 30, seed: int = 0,
               average: str = "token") -> list[float]:  # fmt: skip
    """Rejection sampling: write `n` texts a prompt, keep the right ones, learn them like any text; `rounds` times.

    Trains `model` in place and returns the share that was kept in each round; `average` is that of `policy_loss`.
    Raises `ValueError` when nothing right was written: then there is nothing to learn from.
    """
    rng, kept_shares = torch.Generator().manual_seed(seed), []
    optimiser = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.0)
    everything = list(problems)
    for _ in range(rounds):
        asked = [everything[i] for i in torch.randperm(len(everything), generator=rng)[:prompts].tolist()]
        drawn = sample(model.eval(), tokenizer, asked, n=n, max_new_tokens=new, generator=rng)
        right = [strict(x, problems[asked[i]]) for x, i in zip(drawn.texts, drawn.prompt_of.tolist(), strict=True)]
        rows = torch.tensor(right).nonzero()[:, 0]
        if not len(rows):
            raise ValueError(f"none of {len(right)} texts was right, so none can be kept; begin with easier ones.")
        kept_shares.append(len(rows) / len(right))
        for _ in range(updates):
            part = _rows(drawn, rows[torch.randperm(len(rows), generator=rng)[:64]])
            logps = token_logps(model, part)
            loss = policy_loss(logps, logps.detach(), None, torch.ones(len(logps)), part.written, average=average)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
    model.eval()
    return kept_shares


def _rows(drawn: Samples, rows: torch.Tensor) -> Samples:
    """Some of the texts."""
    return Samples(drawn.ids[rows], drawn.attention_mask[rows], drawn.written[rows], drawn.prompt_of[rows.cpu()],
                   [drawn.texts[i] for i in rows.tolist()])  # fmt: skip


HOW = ("policy", "kept", "kept, texts alike", "careless", "short", "many")
MANY, MANY_PROBLEMS = 128, 32


def trial(task: str, how: str = "policy", seed: int = 0) -> dict[str, Any]:
    """One training from world-gpt, measured on problems kept away from it, before and after.

    `how`: "policy" (gradient), "kept" (rejection sampling, every token of a kept text alike), "kept, texts alike"
    (every kept text alike, so that a token of a short text weighs more), "careless" (policy gradient with the careless
    checker), "short" (a few steps: the point that notebook 13 measures again), "many" (no training, but 128 texts for
    each of 32 problems).
    """
    from fmcourse.models.loading import load

    if how not in HOW:
        raise ValueError(f"there is no way {how!r}; there are {', '.join(HOW)}.")
    loaded = load("world-gpt", device="cpu")
    train, asked = split(task, seed)
    model, new, began = copy.deepcopy(loaded.model), LONGEST[task], time.process_time()
    drawn = DRAWN
    if how == "many":
        asked, drawn = dict(list(asked.items())[:MANY_PROBLEMS]), MANY
    row = {"task": task, "how": how, "seed": seed, "problems": len(asked),
           "before": measure(model, loaded.tokenizer, asked, n=drawn, new=new)}  # fmt: skip
    if how == "many":
        return row | {"cpu_seconds": time.process_time() - began}
    if how.startswith("kept"):
        average = "text" if how == "kept, texts alike" else "token"
        row["reward"] = keep_right(model, loaded.tokenizer, train, new=new, seed=seed, average=average)
    else:
        recipe = SHORT if how == "short" else POLICY[task]
        recipe = PolicyRecipe(**{**recipe.__dict__, "seed": seed})
        check = careless if how == "careless" else strict
        history = improve(model, loaded.tokenizer, list(train), reward(train, check), recipe)
        row.update(steps=recipe.steps, reward=history.reward, kl=history.kl, length=history.length)
    row["after"] = measure(model, loaded.tokenizer, asked, new=new)
    row["cpu_seconds"] = time.process_time() - began
    return row


def planned() -> list[tuple[str, str, int]]:
    """Every run: (task, how, seed)."""
    runs = [("hops", "short", 0), ("sums", "many", 0)]
    runs += [(task, "policy", seed) for seed in SEEDS for task in ("hops", "sums")]
    runs += [("sums", "careless", seed) for seed in SEEDS]
    runs += [(task, "kept", seed) for seed in SEEDS for task in ("hops", "sums")]
    return runs + [("hops", "kept, texts alike", seed) for seed in SEEDS]
