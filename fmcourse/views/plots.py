"""The few kinds of figure the course needs. Each returns a matplotlib figure; hand it to `show` with its alt text.

The floor or the baseline is always an argument, because a number without one says little. What this leaves out:
measuring, and words: only the caller knows what was found.
"""

from fmcourse.views import style


def loss_curve(
    histories: dict,
    floor: float | None = None,
    *,
    xlabel: str = "steps",
    ylabel: str = "nats per token",
    xlog: bool = False,
    ylog: bool = False,
):
    """Loss over steps. histories: name -> losses, or name -> (steps, losses). floor: the lowest loss possible."""
    _, ax = _axes()
    for name, history in histories.items():
        pair = isinstance(history, tuple) and len(history) == 2
        steps, losses = history if pair else (range(1, len(history) + 1), history)
        ax.plot(list(steps), _floats(losses), label=str(name))
    ax.set(xlabel=xlabel, ylabel=ylabel, xscale="log" if xlog else "linear", yscale="log" if ylog else "linear")
    _line(ax, floor, "lowest possible", horizontal=True)
    style.label_lines(ax)
    return ax.figure


def bars_with_intervals(
    labels,
    values,
    intervals=None,
    baseline: float | None = None,
    *,
    baseline_label: str = "baseline",
    xlabel: str = "",
    percent: bool = False,
    limits: tuple | None = None,
):
    """Horizontal bars with their values written out.

    intervals: one (low, high) for each bar, as ends and not as widths. baseline: a number drawn as a dashed line.
    percent: values from 0 to 1 are written as percentages. limits: the ends of the axis.
    """
    import numpy as np

    labels, values = list(labels), np.asarray(_floats(values))
    _, ax = _axes(height=0.45 * len(labels) + 1.1)
    places = np.arange(len(labels))[::-1]
    ax.barh(places, values, height=0.6, color=style.PALETTE["blue"])
    ends = values.copy()
    if intervals is not None:
        low, high = np.asarray([_floats(pair) for pair in intervals]).T
        ends = np.maximum(values, high)
        ax.errorbar(
            values,
            places,
            xerr=np.maximum(0, [values - low, high - values]),
            fmt="none",
            ecolor="black",
            capsize=4,
            linewidth=1.5,
        )
    for place, value, end in zip(places, values, ends, strict=True):
        ax.annotate(
            f"{value:.0%}" if percent else f"{value:.3g}",
            (max(end, 0), place),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=10,
        )
    ax.set_yticks(places, [str(label) for label in labels])
    ax.grid(axis="y", visible=False)
    ax.set_xlabel(xlabel)
    ax.set_xlim(*limits) if limits else ax.margins(x=0.12)
    if percent:
        ax.xaxis.set_major_formatter(lambda x, _: f"{x:.0%}")
    _line(ax, baseline, baseline_label, horizontal=False, percent=percent)
    return ax.figure


def points(panels: dict, groups, names, *, limit: float = 1.6):
    """Panels of points side by side: title -> points (n, 2). `groups` (n,) numbers each point's group, `names` names
    the groups; every group has a colour, the same in all panels, and axes run from -limit to limit."""
    import matplotlib.pyplot as plt
    import numpy as np

    style.use()
    groups = np.asarray(groups)
    fig, axes = plt.subplots(1, len(panels), figsize=(7.5, 2.4), squeeze=False)
    for ax, (title, places) in zip(axes[0], panels.items(), strict=True):
        for number, (name, colour) in enumerate(zip(names, ("blue", "vermillion", "green"), strict=False)):
            x, y = np.asarray(places)[groups == number].T
            ax.plot(x, y, ".", markersize=2, color=style.PALETTE[colour], label=name)
        ax.set(title=title, xticks=[], yticks=[], aspect="equal", xlim=(-limit, limit), ylim=(-limit, limit))
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=len(names), markerscale=5)
    return fig


def shares(panels: dict, *, xlabel: str = "", ylabel: str = ""):
    """Shares that were drawn against those of the data, on whose line they lie where a model draws as often.

    panels: title -> (data, drawn); data: name -> share; drawn: label -> name -> a share for each of several seeds.
    Labels stand a little beside each other.
    """
    import matplotlib.pyplot as plt

    style.use()
    fig, axes = plt.subplots(1, len(panels), figsize=(7, 3.3), sharey=True, squeeze=False)
    for ax, (title, (data, drawn)) in zip(axes[0], panels.items(), strict=True):
        ax.plot([0, 1], [0, 1], color="grey", linewidth=1, label="as in the data")
        for (label, found), colour, beside in zip(
            drawn.items(), ("blue", "vermillion", "black"), (-1, 0, 1), strict=False
        ):
            dots = [(data[name] + 0.012 * beside, share) for name, several in found.items() for share in several]
            ax.plot(*zip(*dots, strict=True), "o", markersize=4, color=style.PALETTE[colour], label=label)
        ax.set(title=title, xlabel=xlabel, xlim=(0, 1), ylim=(-0.03, 1.03))
    axes[0][0].set_ylabel(ylabel)
    axes[0][0].legend()
    return fig


def stacked(names: list[str], parts: dict, *, xlabel: str = ""):
    """Horizontal bars of shares that add up to 1. parts: label -> a share for each name, from left to right."""
    import matplotlib.pyplot as plt
    import numpy as np

    style.use()
    fig, ax = plt.subplots(figsize=(6.8, 0.9 + 0.3 * len(names)))
    left = np.zeros(len(names))
    colours = style.PALETTE["blue"], style.PALETTE["vermillion"], "lightgrey"
    for (label, found), colour in zip(parts.items(), colours, strict=False):
        ax.barh(names, found, left=left, color=colour, label=label)
        left += np.array(found)
    ax.invert_yaxis()
    ax.set(xlim=(0, 1), xlabel=xlabel)
    fig.legend(loc="outside upper center", ncols=len(parts), fontsize=9)
    return fig


def band(
    x,
    ys: dict,
    floor: float | None = None,
    *,
    xlabel: str = "",
    ylabel: str = "",
    xlog: bool = False,
    floor_label: str = "baseline",
):
    """Mean lines with the range from the lowest to the highest seed shaded.

    x: P points. ys: name -> array (seeds, P). floor: a horizontal line, such as chance or the lowest possible loss.
    """
    import numpy as np

    _, ax = _axes()
    for name, values in ys.items():
        values = np.atleast_2d(np.asarray(_floats(values)))
        (line,) = ax.plot(x, values.mean(0), label=str(name), marker="o", markersize=4)
        ax.fill_between(x, values.min(0), values.max(0), alpha=0.2, color=line.get_color(), linewidth=0)
    ax.set(xlabel=xlabel, ylabel=ylabel, xscale="log" if xlog else "linear")
    if xlog and len(x) <= 10:
        ax.set_xticks(list(x), [f"{v:g}" for v in _floats(x)])  # the points themselves, not powers of ten
        ax.minorticks_off()
    _line(ax, floor, floor_label, horizontal=True)
    style.label_lines(ax)
    return ax.figure


def heatmap(
    matrix,
    xlabels=None,
    ylabels=None,
    *,
    xlabel: str = "",
    ylabel: str = "",
    limits: tuple | None = None,
    numbers: bool | None = None,
    colourbar: bool = True,
    unit: str = "",
):
    """A matrix (rows, columns) as colours, dark to light; small ones (up to 12 x 12) with their numbers written in.

    unit: what the colours stand for; it is written along the colour bar.
    """
    import numpy as np

    matrix = np.asarray(_floats(matrix))
    rows, columns = matrix.shape
    _, ax = _axes(width=min(9, 1.8 + 0.5 * columns), height=min(8, 1.4 + 0.42 * rows))
    low, high = limits or (float(np.nanmin(matrix)), float(np.nanmax(matrix)))
    image = ax.imshow(matrix, vmin=low, vmax=high, aspect="auto")
    ax.grid(visible=False)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if xlabels is not None:
        turn = sum(len(str(label)) for label in xlabels) > 5 * columns
        how = {"rotation": 60, "ha": "right"} if turn else {}
        ax.set_xticks(range(columns), [str(s) for s in xlabels], **how)
    if ylabels is not None:
        ax.set_yticks(range(rows), [str(s) for s in ylabels])
    if numbers if numbers is not None else max(rows, columns) <= 12:
        for i in range(rows):
            for j in range(columns):
                behind = image.cmap(image.norm(matrix[i, j]))[:3]
                ax.text(
                    j,
                    i,
                    _short(matrix[i, j]),
                    ha="center",
                    va="center",
                    fontsize=9,
                    color="white" if style.contrast_on_white(behind) >= 4.5 else "black",
                )
    if colourbar:
        ax.figure.colorbar(image, ax=ax, shrink=0.85, label=unit)
    return ax.figure


def pictures(images, captions=None, *, columns: int = 6, size: float = 1.2):
    """A grid of small images, each (H, W) or (H, W, 3) with values 0 to 1 or 0 to 255, captions below."""
    import matplotlib.pyplot as plt
    import numpy as np

    images = [np.asarray(image.detach().cpu() if hasattr(image, "detach") else image) for image in images]
    captions = [""] * len(images) if captions is None else list(captions)
    columns = max(1, min(columns, len(images)))
    rows = -(-len(images) // columns)
    below = max((str(c).count("\n") + 1 if c else 0 for c in captions), default=0)
    fig, axes = plt.subplots(rows, columns, figsize=(size * columns, (size + 0.2 * below) * rows), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for ax, image, caption in zip(axes.flat, images, captions, strict=False):
        top = 255 if image.dtype.kind in "ui" or image.max() > 1.5 else 1
        ax.imshow(image, vmin=0, vmax=top, cmap="gray" if image.ndim == 2 else None)
        ax.text(0.5, -0.04, str(caption), transform=ax.transAxes, ha="center", va="top", fontsize=9)
    return fig


def _axes(width: float = 6.4, height: float = 3.6):
    import matplotlib.pyplot as plt

    style.use()
    return plt.subplots(figsize=(width, height))


def _line(ax, value, label: str, horizontal: bool, percent: bool = False) -> None:
    """A dashed reference line with its name on it."""
    if value is None:
        return
    value = float(value)
    if horizontal:  # `label_lines` writes the name outside, where no data are
        name = f"{label} {_short(value)}"
        ax.axhline(value, color=style.GREY, linestyle=(0, (4, 2)), linewidth=1.2, label=name)
    else:
        red = style.PALETTE["vermillion"]
        ax.axvline(value, color=red, linestyle=(0, (4, 2)), linewidth=1.8, label="_reference")
        text = f"{label} {f'{value:.0%}' if percent else _short(value)}"
        ax.annotate(
            text,
            (value, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 2),
            textcoords="offset points",
            fontsize=9,
            ha="center",
            color=style.darker(red),
        )


def _floats(values):
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    if hasattr(values, "tolist"):
        return values.tolist()
    return [_floats(v) if hasattr(v, "__len__") else float(v) for v in values]


def _short(value: float) -> str:
    return f"{value:.2f}" if 0.005 <= abs(value) < 10 else f"{value:.3g}"
