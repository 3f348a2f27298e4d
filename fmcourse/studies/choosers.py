"""Many choosers, one pool of texts: whose favourites are truly good, and for how long? (notebook 12)

Choosing the best of n needs no training, so it can be followed much further than a policy gradient: `POOL` texts about
each withheld animal are drawn once, and the expected true reward of the best of n is counted exactly for each chooser.
Choosers: reward models that learned from people, from rules, from coins, from people with a weakness; a count of words;
the longest text; the truth itself.

But: one pool for each seed; n goes to two thirds of the pool, where hardly more than one draw of n texts is in it.

Source: Gao, Schulman, Hilton 2023, "Scaling laws for reward model overoptimization".
"""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from fmcourse.models import cached
from fmcourse.models.loading import Loaded
from fmcourse.prompting.decoding import prompt_tokens
from fmcourse.studies import feedback
from fmcourse.tasks import annotators
from fmcourse.tasks.annotators import CLOSING, Annotator
from fmcourse.training.preferences import Pair, best_of_n, best_of_n_kl
from fmcourse.training.reward_model import train_reward
from fmcourse.world import World

SEEDS = (20, 21, 22, 23, 24)
POOL, AT_ONCE, NARROW, FEW, PAIRS = 1536, 768, 128, 60, 240
PEAK, END = 32, 1024  # from the pilot, seed 100: where the truth was highest, and as far as the pool goes
WEAK = 0.5  # what a polite end is worth to an annotator with a weak bias; to one with a strong bias feedback.LIKES

Texts = Sequence[Sequence[str]]
Chooser = Callable[[Sequence[str], Sequence[str]], Tensor]  # prompts, texts: a score for each


def word_counts(pairs: Sequence[Pair]) -> Chooser:
    """The cheap rival of a reward model: a weight for each word, by logistic regression on differences of counts."""
    words = CountVectorizer(token_pattern=r"\w+", lowercase=False)
    words.fit([p.chosen for p in pairs] + [p.rejected for p in pairs])
    gap = (words.transform([p.chosen for p in pairs]) - words.transform([p.rejected for p in pairs])).toarray()
    side = torch.arange(len(pairs)) % 2 * 2 - 1  # half of the pairs turned round, so that there are two classes
    fitted = LogisticRegression(fit_intercept=False, max_iter=1000).fit(gap * side.numpy()[:, None], side.numpy())
    weights = torch.from_numpy(fitted.coef_[0]).float()
    return lambda prompts, texts: torch.from_numpy(words.transform(texts).toarray()).float() @ weights


def scores_of(chooser: Chooser, about: Sequence[str], texts: Texts) -> Tensor:
    """What a chooser gives each text, (animals, n); each different text is read once."""
    different = sorted({(annotators.prompt(a), t) for a, row in zip(about, texts, strict=True) for t in row})
    prompts, said = zip(*different, strict=True)
    found = dict(zip(different, chooser(prompts, said).tolist(), strict=True))
    return torch.tensor([[found[annotators.prompt(a), t] for t in row] for a, row in zip(about, texts, strict=True)])


def without_closing(text: str) -> str:
    """The text without its polite end: the simplest filter against a weakness for it."""
    return text.replace(CLOSING, "").strip() or "."


def filtered(pairs: Sequence[Pair]) -> list[Pair]:
    """Pairs whose texts lost their polite ends, where they still differ."""
    cut = [Pair(p.prompt, without_closing(p.chosen), without_closing(p.rejected)) for p in pairs]
    return [p for p in cut if p.chosen != p.rejected]


@torch.no_grad()
def drawn(start: Loaded, animal: str, n: int, generator: torch.Generator) -> list[str]:
    """`n` texts about one animal at temperature 1, as `policy.sample` draws them, but a text that has ended is dropped
    from the batch: most end long before the longest."""
    words, model = start.tokenizer, start.model
    given = prompt_tokens(model, words, annotators.prompt(animal), feedback.LONGEST)
    written: list[list[int]] = [[] for _ in range(n)]
    alive, feed, past = torch.arange(n), torch.tensor([given] * n), None
    for _ in range(feedback.LONGEST):
        out, past = cached.step(model, past, input_ids=feed)
        token = torch.multinomial(out.logits[:, -1].float().softmax(-1), 1, generator=generator)[:, 0]
        goes_on = token != words.eos_token_id
        alive, feed = alive[goes_on], token[goes_on, None]
        for i, t in zip(alive.tolist(), feed[:, 0].tolist(), strict=True):
            written[i].append(t)
        if not len(alive):
            break
        for kept in past.values():
            kept.batch_select_indices(goes_on.nonzero()[:, 0])
    before = len(words.decode(given, skip_special_tokens=True))
    return [words.decode([*given, *w], skip_special_tokens=True)[before:].strip() for w in written]


def drawn_pool(start: Loaded, about: Sequence[str], n: int, seed: int) -> list[list[str]]:
    """`n` texts about each animal, in portions that fit into little memory."""
    rng = torch.Generator().manual_seed(seed)
    return [[t for k in range(0, n, AT_ONCE) for t in drawn(start, a, min(AT_ONCE, n - k), rng)] for a in about]


def trial(loaded: Loaded, seed: int) -> Iterator[dict[str, Any]]:
    """One seed: a row for each chooser and n; `true` for each animal, all else on average."""
    world = World.default()
    about, others = (annotators.animals(world, withheld=w) for w in (False, True))
    start = feedback.tuned_start(loaded, seed)
    shown = feedback.write(start, about, feedback.DRAWN, seed + 1000)
    pool = drawn_pool(start, others, POOL, seed + 2000)
    questions = feedback.choices(about, shown, 3 * PAIRS, seed)  # rules leave ties open, so they are asked more
    people = feedback.compare(questions[:PAIRS], Annotator(), seed)
    counts = [[annotators.count(world, a, t) for t in row] for a, row in zip(others, pool, strict=True)]
    true = feedback.worths(others, pool)
    facts, false, idle = (torch.tensor([[float(getattr(c, what)) for c in row] for row in counts])
                          for what in ("true", "false", "idle"))  # fmt: skip
    polite = torch.tensor([[float(t.endswith(CLOSING)) for t in row] for row in pool])
    length = torch.tensor([[float(len(t.split())) for t in row] for row in pool])

    def curve(name: str, given: Tensor) -> Iterator[dict[str, Any]]:
        size = given.shape[1]
        for n in (2**k for k in range(size.bit_length()) if 2**k <= size * 2 // 3):
            row = {what: best_of_n(given, values[:, :size], n) for what, values in (
                ("true", true), ("closing", polite), ("tokens", length), ("learned", given),
                ("facts", facts), ("false", false), ("idle", idle))}  # fmt: skip
            yield {"chooser": name, "n": n, "kl": best_of_n_kl(n), "true": row["true"].tolist(),
                   **{what: float(row[what].mean()) for what in row if what != "true"}}  # fmt: skip

    tie = torch.rand(true.shape, generator=torch.Generator().manual_seed(seed)) * 1e-3
    yield from curve("the truth", true + tie)
    yield from curve("the longest", length + tie)

    def learned(pairs: Sequence[Pair], like: int = PAIRS) -> Chooser:
        return lambda prompts, texts: train_reward(loaded, pairs, feedback.recipe_for(like, seed)).score(prompts, texts)

    coin = random.Random(f"coins {seed}")
    tossed = [p if coin.random() < 0.5 else Pair(p.prompt, p.rejected, p.chosen) for p in people[:FEW]]
    rules = annotators.constitution(lambda animal, relation: answers[animal, relation])
    answers = annotators.own_answers(loaded)
    written = feedback.by_constitution(questions, rules)[:PAIRS]
    biased = {likes: feedback.compare(questions[:PAIRS], Annotator(likes_closing=likes), seed)
              for likes in (WEAK, feedback.LIKES)}  # fmt: skip
    clean = learned(filtered(biased[feedback.LIKES]))  # each is trained when it is first asked
    choosers: dict[str, tuple[Chooser, int]] = {
        "60 people": (learned(people[:FEW], FEW), POOL),
        "240 people": (learned(people), POOL),
        "words, 60 people": (word_counts(people[:FEW]), POOL),
        "words, 240 people": (word_counts(people), POOL),
        "60 coins": (learned(tossed, FEW), NARROW),
        "60 people, 180 rules": (learned(people[:FEW] + written[FEW:]), NARROW),
        "240 rules": (learned(written), NARROW),
        "weak bias": (learned(biased[WEAK]), NARROW),
        "strong bias, filtered": (lambda p, t: clean(p, [without_closing(x) for x in t]), NARROW),
    }
    for name, (who, size) in choosers.items():
        yield from curve(name, scores_of(who, others, [row[:size] for row in pool]))
