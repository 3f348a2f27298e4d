"""From several answers to one: majority voting, best of n, and pass@k counted without bias.

    majority(["cat", "dog", "cat"]) -> "cat"
    best_of(["cat", "dog"], score=len) -> "cat"
    pass_at_k(n=10, right=3, k=1) -> 0.3

But: answers are compared as they stand; whoever votes must first cut the answer out of its text (`final_answer`).

Sources: Wang et al. 2023, "Self-consistency improves chain of thought reasoning in language models"; Chen et al. 2021,
"Evaluating large language models trained on code", section 2.1.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from math import comb


def final_answer(text: str, marker: str = "Answer:") -> str | None:
    """What stands between the last `marker` and the full stop after it; None when there is no answer.

    >>> final_answer(" Think: The friend of Kadela is Mibren. Mibren has a cat. Answer: cat.")
    'cat'
    """
    if marker not in text:
        return None
    answer = text.rsplit(marker, 1)[1].split(".")[0].strip()
    return answer or None


def majority(answers: Sequence[str | None]) -> str | None:
    """The most frequent answer; of equals the one that came first. None counts for nothing; None if nothing is left.

    Raises `ValueError` when no answers are given at all.

    >>> majority(["dog", "cat", None, "cat"]), majority(["dog", "cat"]), majority([None])
    ('cat', 'dog', None)
    """
    if not len(answers):
        raise ValueError("there is nothing to vote on; pass at least one answer.")
    votes = Counter(a for a in answers if a is not None)  # a Counter keeps the order of arrival, and so settles ties
    return max(votes, key=votes.__getitem__) if votes else None


def best_of(answers: Sequence[str], score: Callable[[str], float]) -> str:
    """The answer with the highest score; of equals the one that came first.

    Raises `ValueError` when no answers are given, or when a score is not a number.
    """
    if not len(answers):
        raise ValueError("there is nothing to choose from; pass at least one answer.")
    scores = [float(score(a)) for a in answers]
    if any(s != s for s in scores):
        raise ValueError("a score is not a number (nan), so there is no best answer; mend the scoring.")
    return answers[scores.index(max(scores))]


def pass_at_k(n: int, right: int, k: int) -> float:
    """The chance that at least one of k answers is right, estimated from n answers of which `right` were right.

    1 - C(n - right, k) / C(n, k): of all ways to choose k of the n answers, the share that holds a right one. It is
    unbiased for every k up to n, which 1 - (1 - right/n)^k is not (Chen et al. 2021). Raises `ValueError` for k > n.

    >>> pass_at_k(4, 1, 1), pass_at_k(4, 1, 2), pass_at_k(4, 3, 2)
    (0.25, 0.5, 1.0)
    """
    if not (n >= 1 and 0 <= right <= n and 1 <= k <= n):
        raise ValueError(f"{right} right of {n} answers, k = {k}: it needs 0 <= right <= n and 1 <= k <= n.")
    return 1.0 - comb(n - right, k) / comb(n, k)
