"""Two pictures of trust: is a model as often right as it is sure, and what does refusing cost?"""

from fmcourse.views import style


def reliability(lines: dict):
    """Share right over certainty, on the diagonal where the two agree. lines: name -> (p, right), each (N,)."""
    import matplotlib.pyplot as plt

    from fmcourse.trust.calibration import reliability as binned

    style.use()
    fig, ax = plt.subplots(figsize=(5, 3.6))
    ax.plot([0, 1], [0, 1], color="grey", linewidth=1, label="as right as sure")
    for (name, (p, right)), mark in zip(lines.items(), ("-o", "--s", ":^"), strict=False):
        bins = binned(p, right)
        ax.plot([b.p for b in bins], [b.right for b in bins], mark, label=name)
    ax.set(xlabel="certainty", ylabel="share right", xlim=(0, 1.02), ylim=(0, 1.03))
    ax.legend()
    return fig


def risk(lines: dict, limit: float):
    """Share of wrong answers over the share answered, surest first; `limit` is drawn. lines: name -> (p, right)."""
    import matplotlib.pyplot as plt
    import numpy as np

    style.use()
    fig, ax = plt.subplots(figsize=(5.6, 3.4))
    for (name, (p, right)), mark in zip(lines.items(), ("-", "--", ":"), strict=False):
        wrong = ~np.asarray(right)[np.argsort(-np.asarray(p), kind="stable")]
        answered = np.arange(1, len(wrong) + 1)
        ax.plot(answered / len(wrong), np.cumsum(wrong) / answered, mark, label=name)
    ax.axhline(limit, color="grey", linewidth=1, label=f"{limit:.0%} wrong")
    ax.set(xlabel="coverage: share answered, surest first", ylabel="risk: share wrong of these", ylim=(0, None))
    style.label_lines(ax)
    return fig
