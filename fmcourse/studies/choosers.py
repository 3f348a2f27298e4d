"""Many choosers, one pool of texts: whose favourites are truly good, and for how long? (notebook 12)

Choosing the best of n needs no training, so it can be followed much further than a policy gradient: `POOL` texts about
each withheld animal are drawn once, and the expected true reward of the best of n is counted exactly for each chooser.
Choosers: reward models that learned from people or from coins; a count of words; a written rule; the longest text; the
truth itself.

But: one pool for each seed, and n goes to the whole of it, where a seed has one draw for each animal.

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
from fmcourse.tasks.annotators import Annotator
from fmcourse.training.preferences import Pair, best_of_n, best_of_n_kl
from fmcourse.training.reward_model import train_reward
from fmcourse.world import World

SEEDS = (20, 21, 22, 23, 24)
FRESH = tuple(range(25, 35))  # for 240 comparisons, whose course was seen on SEEDS
POOL, AT_ONCE, NARROW, FEW, PAIRS = 1024, 1024, 128, 60, 240  # NARROW: not used by what is recorded
PEAK, END = 32, 1024  # from the pilot, seed 100: where the truth was highest, and as far as the pool goes

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


def written_rule(prompts: Sequence[str], texts: Sequence[str]) -> Tensor:
    """A rule that saw no choice: a point for each topic, half a point less for each time one is spoken of again."""
    topics = [[s.relation for s in annotators.statements(text) if s.relation] for text in texts]
    return torch.tensor([len(set(t)) - 0.5 * (len(t) - len(set(t))) for t in topics])


def scores_of(chooser: Chooser, about: Sequence[str], texts: Sequence[Sequence[str]]) -> Tensor:
    """What a chooser gives each text, (animals, n); each different text is read once."""
    different = sorted({(annotators.prompt(a), t) for a, row in zip(about, texts, strict=True) for t in row})
    prompts, said = zip(*different, strict=True)
    found = dict(zip(different, chooser(prompts, said).tolist(), strict=True))
    return torch.tensor([[found[annotators.prompt(a), t] for t in row] for a, row in zip(about, texts, strict=True)])


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


class Texts:
    """What one seed's tuned start writes: `size` texts about each withheld animal, and questions about the others."""

    def __init__(self, loaded: Loaded, seed: int, size: int):
        world = World.default()
        about, self.others = (annotators.animals(world, withheld=w) for w in (False, True))
        start = feedback.tuned_start(loaded, seed)
        shown = feedback.write(start, about, feedback.DRAWN, seed + 1000)
        self.pool = drawn_pool(start, self.others, size, seed + 2000)
        self.questions = feedback.choices(
            about, shown, 3 * PAIRS, seed
        )  # rules leave ties open, so they are asked more
        counts = [[annotators.count(world, a, t) for t in row] for a, row in zip(self.others, self.pool, strict=True)]
        self.values = {"true": feedback.worths(self.others, self.pool)} | {
            name: torch.tensor([[float(getattr(c, what)) for c in row] for row in counts])
            for name, what in (("facts", "true"), ("false", "false"), ("idle", "idle"), ("closing", "closing"))
        }
        self.values["tokens"] = torch.tensor([[float(len(t.split())) for t in row] for row in self.pool])

    def people(self, seed: int, likes_closing: float = 0.0) -> list[Pair]:
        """What people choose in the first `PAIRS` questions."""
        return feedback.compare(self.questions[:PAIRS], Annotator(likes_closing=likes_closing), seed)

    def best(self, name: str, scores: Tensor, sizes: Sequence[int]) -> Iterator[dict[str, Any]]:
        """A row for each n: `true` for each animal, all else on average."""
        for n in sizes:
            row = {what: best_of_n(scores, v, n) for what, v in (*self.values.items(), ("learned", scores))}
            yield {"chooser": name, "n": n, "kl": best_of_n_kl(n), "true": row.pop("true").tolist(),
                   **{what: float(v.mean()) for what, v in row.items()}}  # fmt: skip


def trial(loaded: Loaded, seed: int) -> Iterator[dict[str, Any]]:
    """One seed of a long search: the best of 1, 2, 4, ... `END` texts, as nine choosers see it."""
    texts = Texts(loaded, seed, POOL)
    sizes = [2**k for k in range(END.bit_length())]
    tie = torch.rand(texts.values["true"].shape, generator=torch.Generator().manual_seed(seed)) * 1e-3
    yield from texts.best("the truth", texts.values["true"] + tie, sizes)
    yield from texts.best("the longest", texts.values["tokens"] + tie, sizes)
    yield from texts.best("a written rule", scores_of(written_rule, texts.others, texts.pool) + tie, sizes)
    people, coin = texts.people(seed), random.Random(f"coins {seed}")
    tossed = [p if coin.random() < 0.5 else Pair(p.prompt, p.rejected, p.chosen) for p in people[:FEW]]
    for name, who in {
        "words, 60 people": lambda: word_counts(people[:FEW]),
        "words, 240 people": lambda: word_counts(people),
        "60 people": lambda: train_reward(loaded, people[:FEW], feedback.recipe_for(FEW, seed)).score,
        "240 people": lambda: train_reward(loaded, people, feedback.recipe_for(PAIRS, seed)).score,
        "60 coins": lambda: train_reward(loaded, tossed, feedback.recipe_for(FEW, seed)).score,
    }.items():
        yield from texts.best(name, scores_of(who(), texts.others, texts.pool), sizes)
