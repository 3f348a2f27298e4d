"""Spending more at the time of the answer: votes, the model's own confidence, or a checker, against tokens written.

Each function takes what was drawn once, n answers for each of P questions, and says how accurate a smaller number k of
them would have been, averaged over random choices of k among the n. So one draw serves a whole curve.

But: the questions are weighed alike, and a token costs the same wherever it stands; batches and caches are not counted.

Sources: Wang et al. 2023 (votes); Cobbe et al. 2021, "Training verifiers to solve math word problems" (choosing by a
checker); Snell et al. 2024, "Scaling LLM test-time compute optimally" (compute against accuracy).
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from fmcourse.prompting.voting import majority

Answers = Sequence[Sequence[str | None]]  # (P, n)


def _chosen(n: int, k: int, draws: int, seed: int) -> list[list[int]]:
    """`draws` random choices of k among n; one is enough when all are taken."""
    if not 1 <= k <= n:
        raise ValueError(f"k is {k}, but {n} answers were drawn for each question; it must be between 1 and {n}.")
    rng = torch.Generator().manual_seed(seed)
    return [torch.randperm(n, generator=rng)[:k].tolist() for _ in range(draws if k < n else 1)]


def _share(
    answers: Answers, truths: Sequence[str], k: int, pick: Callable[[int, list[int]], str | None], draws: int, seed: int
) -> Tensor:
    """For each question (P,), how often `pick(question, the k chosen places)` names the truth."""
    if len(answers) != len(truths) or not len(answers):
        raise ValueError(f"{len(answers)} rows of answers and {len(truths)} right answers; there must be one for each.")
    places = _chosen(len(answers[0]), k, draws, seed)
    right = [[pick(i, chosen) == truth for chosen in places] for i, truth in enumerate(truths)]
    return torch.tensor(right, dtype=torch.float64).mean(1)


def by_vote(answers: Answers, truths: Sequence[str], k: int, *, draws: int = 20, seed: int = 0) -> Tensor:
    """Accuracy of the majority of k answers, for each question: (P,).

    >>> by_vote([["a", "b", "a"]], ["a"], 3).tolist()
    [1.0]
    """
    return _share(answers, truths, k, lambda i, at: majority([answers[i][j] for j in at]), draws, seed)


def by_score(
    answers: Answers, scores: Tensor, truths: Sequence[str], k: int, *, draws: int = 20, seed: int = 0
) -> Tensor:
    """Accuracy of the answer with the highest of k scores, for each question: (P,). `scores` is (P, n).

    >>> by_score([["a", "b", "c"]], torch.tensor([[0.1, 0.9, 0.3]]), ["b"], 3).tolist()
    [1.0]
    """
    if tuple(scores.shape) != (len(answers), len(answers[0])):
        raise ValueError(f"scores have the shape {tuple(scores.shape)}; one is needed for each of the answers.")
    return _share(answers, truths, k, lambda i, at: answers[i][max(at, key=lambda j: float(scores[i, j]))], draws, seed)


def difference_interval(a: Tensor, b: Tensor, draws: int = 2000, seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of mean(a - b) over the same P questions, drawn anew `draws` times (paired bootstrap)."""
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"the shapes {tuple(a.shape)} and {tuple(b.shape)} must be the same, one number a question.")
    d = (a - b).double()
    means = d[torch.randint(len(d), (draws, len(d)), generator=torch.Generator().manual_seed(seed))].mean(1)
    low, high = means.quantile(torch.tensor([0.025, 0.975], dtype=torch.float64)).tolist()
    return low, high
