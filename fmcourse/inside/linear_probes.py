"""Linear probes: how well does a straight line through the features separate classes, given a few labels?

The features stay as they are; only the line is fitted. Its one dial, the strength of regularisation, is fixed
beforehand at scikit-learn's default, so that nothing is chosen by looking at the test pictures. For raw pixels three
readers are tried and the *best on the test set* is reported: that can only help the pixels.

But: a probe shows what is easy to read off, and not what a network could do after fine-tuning.
"""

import numpy as np
from numpy.typing import ArrayLike


def few(labels: ArrayLike, per_class: int, seed: int = 0) -> np.ndarray:
    """Indices of `per_class` examples of each class, drawn at random. ValueError when a class has fewer.

    >>> sorted(np.asarray(["a", "b", "a", "b"])[few(["a", "b", "a", "b"], 1)].tolist())
    ['a', 'b']
    """
    labels, rng, chosen = np.asarray(labels), np.random.default_rng(seed), []
    for kind in np.unique(labels):
        there = np.flatnonzero(labels == kind)
        if len(there) < per_class:
            raise ValueError(f"class {kind} has {len(there)} examples; {per_class} were asked for.")
        chosen.append(rng.choice(there, per_class, replace=False))
    return np.concatenate(chosen)


def _matrix(features: ArrayLike) -> np.ndarray:
    features = features.numpy() if hasattr(features, "numpy") else np.asarray(features)
    return features.reshape(len(features), -1)


def probe(train: ArrayLike, labels: ArrayLike, test: ArrayLike, truth: ArrayLike) -> float:
    """Accuracy on `test` of a logistic regression fitted to `train`; features (N, ...), both tensors or arrays.

    Each feature is shifted and scaled by its mean and spread in `train`, and by nothing from `test`.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    line = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return float(line.fit(_matrix(train), labels).score(_matrix(test), truth))


def probe_pixels(train: ArrayLike, labels: ArrayLike, test: ArrayLike, truth: ArrayLike) -> float:
    """The same for raw pixels, by the best of three: logistic regression, nearest neighbour, and a kernel machine."""
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC

    train, test = _matrix(train), _matrix(test)
    others = (KNeighborsClassifier(1), SVC())
    return max(probe(train, labels, test, truth), *(float(r.fit(train, labels).score(test, truth)) for r in others))
