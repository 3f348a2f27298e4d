"""Learning from comparisons: what is kept of them, the losses of Bradley and Terry and of DPO, and best-of-n.

    pairs = usable(comparisons)                       # ties left out, hopeless sets refused in one sentence
    history = dpo(model, tokenizer, pairs, DPORecipe())

A `Comparison` is one question to one person: two texts, and which one is better. Letters: N pairs, B texts, T tokens.

But: ties are left out (Rao and Kupper 1967 model them), and everybody's choices count alike.

Sources: Bradley and Terry 1952; Rafailov et al. 2023, "Direct Preference Optimization: Your Language Model is Secretly
a Reward Model"; Stiennon et al. 2020, "Learning to summarize from human feedback" (best-of-n, and its KL).
"""

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F

from fmcourse.models.encoding import encode_prompt, pad
from fmcourse.types import Model, Tokenizer

AT_LEAST = 4  # pairs with a choice; below that there is nothing to learn from, whatever the method


@dataclass(frozen=True)
class Comparison:
    """Two texts for one prompt, and the choice: "first", "second" or "tie"."""

    prompt: str
    first: str
    second: str
    choice: str

    def __post_init__(self) -> None:
        if self.choice not in ("first", "second", "tie"):
            raise ValueError(f"the choice is {self.choice!r}; it must be 'first', 'second' or 'tie'.")


@dataclass(frozen=True)
class Pair:
    """A comparison that was decided."""

    prompt: str
    chosen: str
    rejected: str


def usable(comparisons: Sequence[Comparison], at_least: int = AT_LEAST) -> list[Pair]:
    """The decided comparisons, in order. Contradictions stay: they say how unsure the choice is.

    Raises `ValueError` with a sentence when there is nothing to learn: no comparison, ties only, too few, every pair
    chosen as often one way as the other, or texts that are all the same.

    >>> usable([Comparison("p", "a", "b", "tie")] * 9)
    Traceback (most recent call last):
    ...
    ValueError: all 9 comparisons are ties, and a tie does not say which text is better; choose a side in at least 4.
    """
    if not comparisons:
        raise ValueError(f"there are no comparisons yet; make at least {at_least}.")
    pairs = [Pair(c.prompt, *((c.first, c.second) if c.choice == "first" else (c.second, c.first)))
             for c in comparisons if c.choice != "tie" and c.first != c.second]  # fmt: skip
    ties = sum(c.choice == "tie" for c in comparisons)
    if ties == len(comparisons):
        raise ValueError(f"all {ties} comparisons are ties, and a tie does not say which text is better; choose a side "
                         f"in at least {at_least}.")  # fmt: skip
    if not pairs:
        raise ValueError("in each comparison both texts are the same; compare texts that differ.")
    if len(pairs) < at_least:
        raise ValueError(f"only {len(pairs)} of {len(comparisons)} comparisons are decided, and at least {at_least} "
                         f"are needed; nothing is lost, go on comparing.")  # fmt: skip
    if not any(balance(pairs).values()):
        raise ValueError("the choices contradict each other: each pair was chosen as often one way as the other, so "
                         "that nothing is preferred; compare some more texts.")  # fmt: skip
    return pairs


def balance(pairs: Sequence[Pair]) -> dict[tuple[str, str, str], int]:
    """For each prompt with two texts (in alphabetical order): choices of the first minus choices of the second."""
    out: dict[tuple[str, str, str], int] = {}
    for p in pairs:
        key = (p.prompt, *sorted((p.chosen, p.rejected)))
        out[key] = out.get(key, 0) + (1 if key[1] == p.chosen else -1)  # type: ignore[index, arg-type]  # three words
    return out


# losses ---------------------------------------------------------------------------------------------------------------
def bradley_terry_loss(chosen: Tensor, rejected: Tensor) -> Tensor:
    """How badly two scores (N,) explain the choices: the mean of -log sigmoid(chosen - rejected), in nats.

    >>> round(float(bradley_terry_loss(torch.tensor([1.0]), torch.tensor([1.0]))), 3)      # a coin: log 2
    0.693
    """
    return -F.logsigmoid(chosen - rejected).mean()


def dpo_loss(
    chosen_logps: Tensor, rejected_logps: Tensor, ref_chosen_logps: Tensor, ref_rejected_logps: Tensor,
    beta: float = 0.1,
) -> Tensor:  # fmt: skip
    """Bradley and Terry's loss with beta * (log p - log p of the reference) as the score of a text; all are (N,), nats.

    With this score the best model for the loss is also the best one for "reward minus beta times KL", so that no reward
    model and no sampling are needed (Rafailov et al. 2023, section 4).
    """
    return bradley_terry_loss(beta * (chosen_logps - ref_chosen_logps), beta * (rejected_logps - ref_rejected_logps))


# best of n ------------------------------------------------------------------------------------------------------------
def best_of_n_kl(n: float) -> float:
    """How far best-of-n strays from the model it draws from, at most, in nats: log n - (n - 1) / n.

    >>> best_of_n_kl(1), round(best_of_n_kl(4), 3)
    (0.0, 0.636)
    """
    return math.log(n) - (n - 1) / n


def best_of_n(learned: Tensor, true: Tensor, n: int) -> Tensor:
    """The expected `true` reward of the text that `learned` likes best among n, for each row of a pool: (P, N) -> (P,).

    Exact for drawing n of the N texts without replacement: the text of rank i (from 1, worst first) is the best of n
    with probability C(i - 1, n - 1) / C(N, n) (Nakano et al. 2021). Of equals, the later in the pool counts as better.
    Raises `ValueError` when n is not from 1 to N.

    >>> pool = torch.tensor([[0.0, 1.0, 2.0]])
    >>> best_of_n(pool, pool, 2)                     # of the three pairs two have 2 as their best, one has 1
    tensor([1.6667])
    """
    size = learned.shape[1]
    if not 1 <= n <= size:
        raise ValueError(f"n is {n}; it must be from 1 to {size}, the number of texts in the pool.")
    weight = torch.tensor([math.comb(i, n - 1) / math.comb(size, n) for i in range(size)], dtype=torch.float64)
    ranked = true.gather(1, learned.argsort(dim=1, stable=True))
    return (ranked.double() * weight).sum(1).to(true.dtype)


# DPO ------------------------------------------------------------------------------------------------------------------
def text_logps(model: Model, tokenizer: Tokenizer, prompts: Sequence[str], texts: Sequence[str]) -> Tensor:
    """The log-probability of each text and its end after its prompt, (B,), in nats."""
    before = [encode_prompt(tokenizer, p) for p in prompts]
    whole = [[*encode_prompt(tokenizer, f"{p} {t.strip()}"), tokenizer.eos_token_id]
             for p, t in zip(prompts, texts, strict=True)]  # fmt: skip
    ids, mask = (t.to(model.device) for t in pad(whole, tokenizer.pad_token_id))
    written = pad([[0] * len(b) + [1] * (len(w) - len(b)) for b, w in zip(before, whole, strict=True)], 0)[0][:, 1:]
    logits = model(input_ids=ids, attention_mask=mask).logits[:, :-1].float()
    logps = logits.log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]
    return (logps * written.to(logps)).sum(1)


@dataclass(frozen=True)
class DPORecipe:
    """`epochs` passes over the pairs, `rows` pairs a step; the learning rate falls in a straight line to zero."""

    epochs: int = 2
    rows: int = 16
    lr: float = 8e-5
    beta: float = 0.1
    seed: int = 0


@dataclass
class DPOHistory:
    """One entry a step: the loss, and the share of the step's pairs whose chosen text has the higher score."""

    loss: list[float] = field(default_factory=list)
    right: list[float] = field(default_factory=list)


def dpo(
    model: Model, tokenizer: Tokenizer, pairs: Sequence[Pair], recipe: DPORecipe | None = None, *,
    reference: Model | None = None, on_step: Callable[[int, DPOHistory], None] | None = None,
) -> DPOHistory:  # fmt: skip
    """Train `model` in place on pairs. `reference` is the model that distance is measured from: a copy of the start.

    `on_step(done, history)` is called after each step. Raises `ValueError` when there is no pair.
    """
    recipe = recipe or DPORecipe()
    if not pairs:
        raise ValueError("there are no pairs to learn from.")
    reference = (copy.deepcopy(model) if reference is None else reference).eval()
    rng, history, done = torch.Generator().manual_seed(recipe.seed), DPOHistory(), 0
    optimiser = torch.optim.AdamW(model.parameters(), lr=recipe.lr, weight_decay=0.0)
    steps = recipe.epochs * math.ceil(len(pairs) / recipe.rows)
    for _ in range(recipe.epochs):
        order = torch.randperm(len(pairs), generator=rng).tolist()
        for start in range(0, len(order), recipe.rows):
            mine = [pairs[i] for i in order[start : start + recipe.rows]]
            both = [p.prompt for p in mine] * 2, [p.chosen for p in mine] + [p.rejected for p in mine]
            with torch.no_grad():
                ref_chosen, ref_rejected = text_logps(reference, tokenizer, *both).chunk(2)
            chosen, rejected = text_logps(model, tokenizer, *both).chunk(2)
            loss = dpo_loss(chosen, rejected, ref_chosen, ref_rejected, recipe.beta)
            for group in optimiser.param_groups:
                group["lr"] = recipe.lr * (1 - done / steps)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            done += 1
            history.loss.append(loss.item())
            history.right.append(float(((chosen - ref_chosen) > (rejected - ref_rejected)).float().mean()))
            if on_step:
                on_step(done, history)
    model.eval()
    return history
