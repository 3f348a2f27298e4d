"""Pictures of what happens inside a model: all heads at once, the logit lens, and attention beside the true links.

Each returns a matplotlib figure for `show`. What this leaves out: running models; see `fmcourse.inside.hooks`.
"""

from fmcourse.views import plots, style


def head_grid(scores, *, limits: tuple | None = None):
    """One number for each head: (L, H) scores as a table of colours, layers downwards."""
    layers, heads = len(scores), len(scores[0])
    rounded = [[round(float(x), 2) + 0.0 for x in row] for row in scores]  # + 0.0: no minus before a zero
    return plots.heatmap(
        rounded, [f"head {h}" for h in range(heads)], [f"layer {i}" for i in range(layers)], limits=limits
    )


def lens(words, probabilities, tokens):
    """What a model would say after each block, at each token: words (rows, T) on colours of their probability.

    The first row is drawn at the bottom, so that the text's way through the model goes upwards.
    """
    rows, columns = len(words), len(tokens)
    fig = plots.heatmap(
        list(reversed([list(p) for p in probabilities])),
        tokens,
        [*(f"after block {i}" for i in range(rows - 2, -1, -1)), "before block 0"],
        limits=(0, 1),
        numbers=False,
        xlabel="token that was read",
    )
    fig.set_size_inches(max(6.4, 1.05 * columns + 2), 0.5 * rows + 1.5)
    for i, row in enumerate(reversed([list(w) for w in words])):
        for j, word in enumerate(row):
            light = probabilities[rows - 1 - i][j] > 0.55
            fig.axes[0].text(
                j, i, str(word).strip()[:9], ha="center", va="center", fontsize=8, color="black" if light else "white"
            )
    return fig


def true_links(tokens, links, looked):
    """Tokens in a row; above, arcs to where a head looks most; below, arcs to the true targets.

    links: (query, targets) pairs. looked: for each link the position with the head's largest weight.
    """
    import matplotlib.pyplot as plt
    import numpy as np

    style.use()
    n, way = len(tokens), np.linspace(0, 1, 40)
    fig, ax = plt.subplots(figsize=(min(11, max(6.4, 0.5 * n)), 2.8))
    for (query, targets), at in zip(links, looked, strict=True):
        for target, colour, side, dash in ((at, "blue", 1, "-"), (targets[0], "vermillion", -1, "--")):
            x, y = query + (target - query) * way, side * (0.14 + 2.4 * way * (1 - way))
            ax.plot(x, y, color=style.PALETTE[colour], linestyle=dash, linewidth=1.8, label="_arc")
            ax.plot(x[-1], y[-1], marker="v" if side > 0 else "^", color=style.PALETTE[colour], label="_arc")
    for i, token in enumerate(tokens):
        ax.text(i, 0, token, ha="center", va="center", fontsize=9)
    ax.text(0, 0.85, "above: where the head looks most", color=style.darker(style.PALETTE["blue"]), fontsize=10)
    ax.text(0, -0.95, "below: the true target", color=style.darker(style.PALETTE["vermillion"]), fontsize=10)
    ax.set(xlim=(-0.7, n - 0.3), ylim=(-1.05, 1.05))
    ax.axis("off")
    return fig
