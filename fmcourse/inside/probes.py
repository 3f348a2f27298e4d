"""Probes: can a simple classifier read a property from a model's activations? And could it read anything at all?

A probe is a linear classifier on activations (least squares with a small penalty). By itself a high score says little,
since a probe with many numbers can learn arbitrary labels. The control task gives each word a fixed random label and
asks the probe for that; what the probe reads beyond it, its selectivity, is a property of the activations.

But: a probe shows what could be read, not what the model uses; patching (`inside`) asks that.

Source: Hewitt, Liang 2019, "Designing and interpreting probes with control tasks".
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class Probed(NamedTuple):
    """Accuracies: on held-out words, of the property and of always saying the largest class (n rows); on held-out rows
    of words that were seen, of the control labels and, under "familiar", of the property."""

    accuracy: float
    control: float
    majority: float
    n: int
    familiar: float

    @property
    def selectivity(self) -> float:
        """What the probe reads beyond arbitrary labels, both on the same rows: the property minus the control."""
        return self.familiar - self.control


def probe(features: ArrayLike, labels: ArrayLike, words: ArrayLike, *, seed: int = 0, held_out: float = 0.4) -> Probed:
    """Fit a linear classifier to (N, C) `features` and score it on rows that were held out.

    Whole words are held out for the property, since a word seen in training would give its label away. For the control
    the rows of every word are divided, since a random label can only be known from its word. Raises `ValueError` when
    lengths differ or one class is all there is.

    >>> x = np.eye(2)[[0, 1] * 30] + 0.01 * np.random.default_rng(0).normal(size=(60, 2))
    >>> probe(x, ["a", "b"] * 30, [i // 2 * 2 + i % 2 for i in range(60)]).accuracy
    1.0
    """
    from sklearn.linear_model import RidgeClassifier

    x = np.asarray(features.detach().cpu() if hasattr(features, "detach") else features, dtype=np.float64)
    y, words = np.asarray(labels), np.asarray(words)
    if not len(x) == len(y) == len(words):
        raise ValueError(f"there are {len(x)} rows, {len(y)} labels and {len(words)} words; give one of each a row.")
    if len(set(y.tolist())) < 2:
        raise ValueError("all labels are the same; a probe needs at least two classes.")
    rng = np.random.default_rng(seed)
    unique = np.unique(words)
    rng.shuffle(unique)
    out = np.isin(words, unique[: max(1, round(held_out * len(unique)))])
    classes, counts = np.unique(y, return_counts=True)
    random = dict(zip(unique.tolist(), rng.choice(classes, size=len(unique), p=counts / counts.sum()), strict=True))
    control = np.asarray([random[w] for w in words.tolist()])
    rows_out = rng.random(len(x)) < held_out

    def score(target: np.ndarray, held: np.ndarray) -> float:
        if len(set(target[~held].tolist())) < 2 or not held.any():
            raise ValueError("too few words to hold some out; give more rows.")
        size = x[~held].std() or 1.0  # one number for all columns: a column that hardly varies must not be blown up
        fitted = RidgeClassifier().fit(x[~held] / size, target[~held])
        return float((fitted.predict(x[held] / size) == target[held]).mean())

    largest = _most_frequent(y[~out])
    return Probed(
        accuracy=score(y, out),
        control=score(control, rows_out),
        majority=float((y[out] == largest).mean()),
        n=int(out.sum()),
        familiar=score(y, rows_out),
    )


def _most_frequent(values: np.ndarray) -> Any:
    """The most frequent of some values."""
    found, counts = np.unique(values, return_counts=True)
    return found[counts.argmax()]
