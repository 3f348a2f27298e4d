"""chrF: how much of a translation's letters, in their order, a reference shares; from 0 to 100.

But: one sentence and one reference at a time. It knows letters, not meaning: a wrong gender costs it little.

Source: M. Popović, "chrF: character n-gram F-score for automatic MT evaluation", 2015; sums as in sacrebleu 2.
"""

from collections import Counter


def chrf(said: str, reference: str, orders: int = 6, beta: float = 2.0) -> float:
    """Mean precision and mean recall over runs of 1 to `orders` letters, joined; recall counts `beta` times as much.

    White space is left out. Orders that are longer than one of the texts do not count.

    >>> round(chrf("le chat noir", "le chat noir")), round(chrf("la chatte noire", "le chat noir"))
    (100, 38)
    """
    precision = recall = used = 0.0
    texts = ["".join(text.split()) for text in (said, reference)]
    for n in range(1, orders + 1):
        mine, true = (Counter(text[i : i + n] for i in range(len(text) - n + 1)) for text in texts)
        if mine and true:
            same = (mine & true).total()
            precision, recall, used = precision + same / mine.total(), recall + same / true.total(), used + 1
    if not precision or not recall:
        return 0.0
    p, r = precision / used, recall / used
    return 100 * (1 + beta**2) * p * r / (beta**2 * p + r)
