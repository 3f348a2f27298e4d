"""Several sounds, clips or solids at once, each under the caption it was asked for, with what a reader found in them.

A tick or a cross says which are what was asked for; the alt text says what was read, never what was hoped for. Sounds
and moving clips wait until they are asked to play, by a click or from the keyboard; the figure shows the same, still.

But: for a closer look at one of them there are `player`, `clip` and `solid`.
"""

import base64
import html
import textwrap
from collections.abc import Callable, Sequence

import numpy as np

from fmcourse.views.artefacts import _lines, gif, look_from, show_with, wav

Marks = Sequence[bool] | None


def _told(captions: Sequence[str], found: Sequence[str], right: Marks, n: int) -> tuple[list[str], str]:
    """The captions with their marks, and the words of the whole figure. ValueError where the numbers do not match."""
    if not n or n != len(captions) or n != len(found):
        raise ValueError(f"there are {n} things, {len(captions)} captions and {len(found)} findings; give one each.")
    marks = [""] * n if right is None else ["✓ " if ok else "✗ " for ok in right]
    count = "" if right is None else f"{sum(map(bool, right))} of {n} are what was asked for. "
    each = [f"{i}, asked for {c!r}: {f}" for i, (c, f) in enumerate(zip(captions, found, strict=True), 1)]
    titles = [mark + text for mark, text in zip(marks, captions, strict=True)]
    return titles, f"{count}Found in them: {'; '.join(each)}."


def sound_grid(
    sounds: np.ndarray,
    rate: int,
    captions: Sequence[str],
    found: Sequence[str],
    right: Marks = None,
    *,
    pitch: Callable[[np.ndarray], tuple[np.ndarray, ...]],
    columns: int = 3,
) -> None:
    """Sounds (n, samples): the wave of each, under it its pitch, and a player for each below the figure.

    `pitch(sound)` gives seconds and hertz first. `found` says what was heard. ValueError for another number of
    captions or findings.
    """
    import matplotlib.pyplot as plt

    from fmcourse.views import style

    titles, words = _told(captions, found, right, len(sounds))
    style.use()
    rows = -(-len(sounds) // columns)
    ratios = {"height_ratios": [1, 1] * rows}
    fig, axes = plt.subplots(2 * rows, columns, figsize=(7.5, 2.5 * rows), sharex=True, squeeze=False,
                             gridspec_kw=ratios)  # fmt: skip
    for axis in axes.flat[:]:
        axis.set_visible(False)
    for i, (sound, title) in enumerate(zip(sounds, titles, strict=True)):
        row, column = divmod(i, columns)
        wave, tune = axes[2 * row, column], axes[2 * row + 1, column]
        for axis in (wave, tune):
            axis.set_visible(True)
        wave.plot(np.arange(len(sound)) / rate, sound, color=style.PALETTE["blue"], linewidth=0.4)
        wave.set(title=title, ylim=(-1, 1), yticks=[])
        seconds, hertz, *_ = pitch(sound)
        tune.plot(seconds, hertz, ".", color=style.PALETTE["vermillion"], markersize=3)
        tune.set(ylim=(70, 340), ylabel="hertz" if column == 0 else "")
    for axis in axes[-1]:
        axis.set(xlabel="seconds")
    below = "".join(
        f'<div style="display:inline-block;margin:2px 8px">{html.escape(title)}<br>'
        f'<audio controls preload="metadata" style="width:220px" aria-label="{html.escape(f"Sound {i}: {text}")}" '
        f'src="data:audio/wav;base64,{base64.b64encode(wav(sound, rate)).decode()}"></audio></div>'
        for i, (sound, title, text) in enumerate(zip(sounds, titles, captions, strict=True), 1)
    )
    show_with(fig, words, f"<div>{below}</div>")


def clip_grid(clips: np.ndarray, captions: Sequence[str], found: Sequence[str], right: Marks = None) -> None:
    """Clips (n, T, H, W, 3): the frames of each in a row under its caption. The moving ones open below, on demand.

    ValueError for another number of captions or findings.
    """
    import matplotlib.pyplot as plt

    from fmcourse.views import style

    titles, words = _told(captions, found, right, len(clips))
    style.use()
    shown = [textwrap.fill(title, 88) for title in titles]
    more = 0.2 * max(title.count("\n") for title in shown)  # inches for a second line
    fig, axes = plt.subplots(len(clips), clips.shape[1], figsize=(7.5, (1.25 + more) * len(clips)), squeeze=False,
                             layout="none", gridspec_kw={"wspace": 0.05, "hspace": 0.35 + more})  # fmt: skip
    for row, frames, title in zip(axes, clips, shown, strict=True):
        for axis, frame in zip(row, frames, strict=True):
            axis.imshow(frame)
            axis.axis("off")
        row[0].text(0, 1.06, title, transform=row[0].transAxes, fontsize=10, va="bottom")
    moving = "".join(
        f"<details><summary style='padding:4px 0'>Play {i}: {html.escape(text)}</summary>"
        f'<img alt="Clip {i}, moving: {html.escape(text)}" '
        f'src="data:image/gif;base64,{base64.b64encode(gif(frames)).decode()}"></details>'
        for i, (frames, text) in enumerate(zip(clips, captions, strict=True), 1)
    )
    show_with(fig, words, moving)


def solid_grid(grids: np.ndarray, captions: Sequence[str], found: Sequence[str], right: Marks = None) -> None:
    """Grids of voxels (n, D, H, W, 4), each seen from above the front, under its caption.

    ValueError for another number of captions or findings.
    """
    import matplotlib.pyplot as plt

    titles, words = _told(captions, found, right, len(grids))
    fig = plt.figure(figsize=(7.5, 2.9 * -(-len(grids) // 3)))
    for i, (grid, title) in enumerate(zip(grids, titles, strict=True), 1):
        axis = fig.add_subplot(-(-len(grids) // 3), 3, i, projection="3d")
        look_from(axis, grid, azimuth=-60)
        axis.set_title(_lines(title, 26), fontsize=9)
    show_with(fig, words)
