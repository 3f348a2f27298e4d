"""How figures of the course look: readable, few lines of ink, colours that colour-blind readers can tell apart.

Colours are those of Okabe and Ito (2008), ordered so that the ones dark enough for thin lines on white come first;
each also has its own dash, so that colour is never the only difference. What this leaves out: drawing.
"""

PALETTE = {
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "green": "#009E73",
    "black": "#000000",
    "purple": "#CC79A7",
    "orange": "#E69F00",
    "sky": "#56B4E9",
}
GREY = "#595959"  # 7:1 on white
_DASHES = ["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1))]


def use() -> None:
    """Apply the style to every figure drawn from now on in this kernel."""
    import matplotlib as mpl
    from cycler import cycler

    mpl.rcParams.update(
        {
            "axes.prop_cycle": cycler(color=list(PALETTE.values())) + cycler(linestyle=_DASHES),
            "figure.figsize": (6.4, 3.6),
            "figure.constrained_layout.use": True,
            "figure.facecolor": "white",
            "font.size": 11,
            "axes.titlesize": 12,
            "axes.titlelocation": "left",
            "axes.labelsize": 11,
            "xtick.labelsize": 10,
            "ytick.labelsize": 10,
            "legend.frameon": False,
            "legend.fontsize": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": GREY,
            "axes.axisbelow": True,
            "lines.linewidth": 2,
            "axes.grid": True,
            "grid.color": "#E3E3E3",
            "grid.linewidth": 0.8,
            "image.cmap": "cividis",
            "image.interpolation": "nearest",
        }
    )


def label_lines(ax, labels: dict | None = None) -> None:
    """Write each line's label at its right end, in its colour, apart from one another, instead of a legend.

    labels: text for lines by their label, when another one should be shown. Lines without a label are left alone.
    """
    import numpy as np

    lines = [line for line in ax.get_lines() if not line.get_label().startswith("_") and len(line.get_xdata())]
    if not lines:
        return
    if ax.get_legend():
        ax.get_legend().remove()
    ax.figure.canvas.draw()  # so that places in pixels are known
    height = ax.transAxes.transform((0, 1))[1] - ax.transAxes.transform((0, 0))[1]
    least = 1.25 * 10 * ax.figure.dpi / 72 / height  # one line of text, in axes
    ends = []
    for line in lines:
        x, y = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
        good = np.isfinite(y)
        if good.any():
            place = ax.transAxes.inverted().transform(ax.transData.transform((x[good][-1], y[good][-1])))
            ends.append([float(np.clip(place[1], 0, 1)), line])
    ends.sort(key=lambda e: e[0])
    for _ in range(50):  # push neighbours apart until every label has its own height
        for low, high in zip(ends, ends[1:], strict=False):
            short = least - (high[0] - low[0])
            if short > 1e-6:
                low[0] -= short / 2
                high[0] += short / 2
    for height, line in ends:
        text = (labels or {}).get(line.get_label(), line.get_label())
        ax.annotate(
            text,
            (1, height),
            xycoords="axes fraction",
            xytext=(6, 0),
            textcoords="offset points",
            color=darker(line.get_color()),
            va="center",
            fontsize=10,
            annotation_clip=False,
        )


def darker(colour, contrast: float = 4.5):
    """`colour` made dark enough for text on white (WCAG AA, 4.5:1)."""
    from matplotlib.colors import to_rgb

    rgb = to_rgb(colour)
    while contrast_on_white(rgb) < contrast:
        rgb = tuple(0.93 * c for c in rgb)
    return rgb


def contrast_on_white(rgb) -> float:
    """WCAG contrast of a colour (0 to 1 each) against white, from 1 to 21."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)
