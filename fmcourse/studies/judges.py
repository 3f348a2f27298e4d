"""What a judge likes besides what is good: the place of a text, and its length (notebook 12).

A *pair judge* reads two texts in one go and says how likely the first one is better. It learned from choices of people
who look at nothing but worth; beside it stand a reward model, which reads each text alone, and a count of words.
Padding is a greeting and a polite end where they are missing: free by the annotators' rule, so that nothing is gained.

But: small judges with few comparisons; their habits say nothing of those of large ones.

Sources: Zheng et al. 2023, "Judging LLM-as-a-judge with MT-Bench and Chatbot Arena" (place and length); Dubois et al.
2024, "Length-controlled AlpacaEval" (a regression that takes the length out).
"""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from fmcourse.models.loading import Loaded
from fmcourse.studies import feedback
from fmcourse.studies.choosers import word_counts
from fmcourse.tasks import annotators
from fmcourse.tasks.annotators import CLOSING, OPENINGS, Annotator
from fmcourse.training.reward_model import RewardModel, RewardRecipe, train_reward
from fmcourse.world import World

SEEDS = (30, 31, 32, 33, 34)
PAIRS, FRESH, POOL = 240, 400, 48
FIRST = 1.0  # points that the first place is worth to people with a weakness for it: the positive control

Question = tuple[str, str, str]  # an animal and two texts about it
Judge = Callable[[Sequence[Question]], Tensor]  # how much better the first text is, in nats: (questions,)


def reading_both(model: RewardModel) -> Judge:
    """A judge that reads prompt, first text, prompt, second text, and gives one number at the end."""

    def judge(questions: Sequence[Question]) -> Tensor:
        asked = [annotators.prompt(a) for a, _, _ in questions]
        before = [f"{p} {first} {p}" for p, (_, first, _) in zip(asked, questions, strict=True)]
        return model.score(before, [second for _, _, second in questions])

    return judge


def reading_each(score: Callable[[Sequence[str], Sequence[str]], Tensor]) -> Judge:
    """A judge that scores each text alone: the place cannot matter."""

    def judge(questions: Sequence[Question]) -> Tensor:
        asked = [annotators.prompt(a) for a, _, _ in questions]
        return score(asked, [q[1] for q in questions]) - score(asked, [q[2] for q in questions])

    return judge


def train_pair_judge(loaded: Loaded, questions: Sequence[Question], first: Sequence[bool],
                     recipe: RewardRecipe) -> Judge:  # fmt: skip
    """A judge of pairs from `first`: whether people chose the first text. Each pair is read as people saw it."""
    model, rng, order = RewardModel(loaded, recipe.seed), torch.Generator().manual_seed(recipe.seed), []
    optimiser = torch.optim.AdamW(model.parameters(), lr=recipe.lr, weight_decay=0.01)
    for step in range(recipe.steps):
        if len(order) < recipe.rows:
            order += torch.randperm(len(questions), generator=rng).tolist()
        mine, order = order[: recipe.rows], order[recipe.rows :]
        asked = [annotators.prompt(questions[i][0]) for i in mine]
        margin = model([f"{p} {questions[i][1]} {p}" for p, i in zip(asked, mine, strict=True)],
                       [questions[i][2] for i in mine])  # fmt: skip
        loss = F.binary_cross_entropy_with_logits(margin, torch.tensor([float(first[i]) for i in mine]))
        for group in optimiser.param_groups:
            group["lr"] = recipe.lr * (1 - step / recipe.steps)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
    return reading_both(model.eval())


def padded(animal: str, text: str) -> str:
    """The text with a greeting and a polite end, where they are missing; worth as much as before.

    >>> padded("whale", "It eats krill.")
    'This is the whale. It eats krill. I hope this helps.'
    """
    greeted = any(text.startswith(o.format(s=animal)) for o in OPENINGS)
    text = text if greeted else f"{OPENINGS[1].format(s=animal)} {text}"
    return text if text.endswith(CLOSING) else f"{text} {CLOSING}"


def repeated(animal: str, text: str) -> str:
    """The text with its first statement said again: half a point worse by the annotators' rule, and longer.

    >>> repeated("whale", "This is the whale. It eats krill.")
    'This is the whale. It eats krill. It eats krill.'
    """
    said = [s.sentence for s in annotators.statements(text) if s.relation]
    return f"{text} {said[0]}" if said else text


def turned(questions: Sequence[Question]) -> list[Question]:
    """The same questions with the places of the texts changed."""
    return [(animal, second, first) for animal, first, second in questions]


def both_ways(judge: Judge, questions: Sequence[Question]) -> Tensor:
    """The mean verdict over both orders: the place is taken out."""
    return (judge(questions) - judge(turned(questions))) / 2


def slopes(margin: Tensor, worth: Tensor, words: Tensor) -> tuple[float, float]:
    """What a point of worth and a word of length add to the margin, by least squares with a constant."""
    x = torch.stack([worth, words, torch.ones_like(worth)], 1).double()
    found = torch.linalg.lstsq(x, margin.double()[:, None]).solution[:, 0]
    return float(found[0]), float(found[1])


def habits(judge: Judge, questions: Sequence[Question], padding: Sequence[Question], again: Sequence[Question],
           half: int) -> dict[str, float]:  # fmt: skip
    """How a judge decides, and what else than worth decides with it.

    agree, agree_both: right on pairs of unequal worth, in one order and averaged over both; hangs: share of pairs
    whose verdict changes with the places; first: share of verdicts for the first place, over both orders; worth, word:
    slopes; padded, repeated: share of texts that beat themselves when they are padded, or say something again;
    padded_even: the same when the length's slope, found on the first `half` questions, is taken out; agree_rest,
    agree_even: right on the other half, before and after that. An even verdict counts half.
    """
    world = World.default()
    worth = torch.tensor([annotators.count(world, a, x).worth - annotators.count(world, a, y).worth
                          for a, x, y in questions])  # fmt: skip
    words = _longer(questions)
    one, other = judge(questions), -judge(turned(questions))
    both, decided = (one + other) / 2, worth != 0
    point, word = slopes(both[:half], worth[:half], words[:half])
    pads, more = both_ways(judge, padding), _longer(padding)
    rest = decided & (torch.arange(len(questions)) >= half)

    def right(margin: Tensor, which: Tensor) -> float:
        return wins((margin * worth.sign())[which])

    return {
        "agree": right(one, decided), "agree_both": right(both, decided), "agree_rest": right(both, rest),
        "agree_even": right(both - word * words, rest), "hangs": float((one.sign() != other.sign()).float().mean()),
        "first": wins(torch.cat([one, -other])), "worth": point, "word": word, "padded": wins(pads),
        "padded_even": wins(pads - word * more), "repeated": wins(both_ways(judge, again)),
        "words_added": float(more.mean()),
    }  # fmt: skip


def wins(margin: Tensor) -> float:
    """The share of margins above zero; those at zero count half."""
    return float(((margin.sign() + 1) / 2).mean())


def _longer(questions: Sequence[Question]) -> Tensor:
    """By how many words the first text is longer."""
    return torch.tensor([float(len(x.split()) - len(y.split())) for _, x, y in questions])


def trial(loaded: Loaded, seed: int) -> Iterator[dict[str, Any]]:
    """One seed: the habits of each judge on texts about animals that no comparison spoke of."""
    world = World.default()
    about, others = (annotators.animals(world, withheld=w) for w in (False, True))
    start = feedback.tuned_start(loaded, seed)
    drawn = feedback.write(start, about, feedback.DRAWN, seed + 1000)
    pool = feedback.write(start, others, POOL, seed + 2000)
    questions = feedback.choices(about, drawn, PAIRS, seed)
    fresh = feedback.choices(others, pool, FRESH, seed + 3000)
    whole = [(a, t) for a, row in zip(others, pool, strict=True) for t in sorted(set(row)) if t.endswith(".")]
    padding, again = ([(a, longer(a, t), t) for a, t in whole if longer(a, t) != t] for longer in (padded, repeated))
    recipe, who = feedback.recipe_for(PAIRS, seed), Annotator()

    def chosen(gift: float) -> list[bool]:
        rng = random.Random(f"choices {seed}")
        chance = torch.tensor([who.utility(a, x) - who.utility(a, y) + gift for a, x, y in questions]) / who.temperature
        return [rng.random() < p for p in chance.sigmoid().tolist()]

    first, liked = chosen(0.0), chosen(FIRST)
    pairs = [feedback.Pair(annotators.prompt(a), *((x, y) if f else (y, x)))
             for (a, x, y), f in zip(questions, first, strict=True)]  # fmt: skip
    made: dict[str, Callable[[], Judge]] = {
        "words": lambda: reading_each(word_counts(pairs)),
        "pair": lambda: train_pair_judge(loaded, questions, first, recipe),
        "pair, people like the first": lambda: train_pair_judge(loaded, questions, liked, recipe),
        "each alone": lambda: reading_each(train_reward(loaded, pairs, recipe).score),
    }
    for name, make in made.items():
        learned = liked if name.endswith("like the first") else first
        yield {"judge": name, "chosen": sum(learned) / len(learned), "n": len(fresh), "padded_n": len(padding),
               **habits(make(), fresh, padding, again, FRESH // 2)}  # fmt: skip
