"""Pictures with what a reader finds in them, sounds and clips to play, solids from two sides: all without a network.

Nothing starts by itself: a sound and a clip play when they are asked to (Enter or a click), and a still picture that
shows the same stands beside each. The alt text of drawn pictures says what the reader read in them, never what was
hoped for. What this leaves out: drawing from captions (`generation`), and the readers (`scenes`).
"""

import base64
import html
import io
import wave
from collections.abc import Callable, Sequence

import numpy as np

from fmcourse.views.figure import check_alt, emit, to_png
from fmcourse.views.plots import pictures

_WIDTH = "max-width:100%;height:auto"


def read_grid(
    images: np.ndarray,
    captions: Sequence[str],
    read: Callable[[np.ndarray], list],
    right: Sequence[bool] | None = None,
    *,
    columns: int = 6,
    finding: str = "",
    role: str = "asked for",
) -> None:
    """Show pictures (n, H, W, 3) in [0, 1], each with its caption below, and say what `read` finds in each.

    `read(images)` gives a reading a picture, with `scene`, `legal` and `reason`, as `scenes.read_images` does. `right`
    says which of them are what was asked for; these get a tick, the others a cross. `finding`: a sentence of your own
    before what was read. `role`: what the captions are to the pictures. Raises ValueError when there are not as many
    captions as pictures, or none.
    """
    from fmcourse.scenes import caption

    if not len(images) or len(images) != len(captions):
        raise ValueError(f"read_grid got {len(images)} pictures and {len(captions)} captions; give one for each.")
    readings = read(images)
    marks = ["" if right is None else ("✓ " if ok else "✗ ") for ok in (right if right is not None else captions)]
    below = [mark + _lines(text) for mark, text in zip(marks, captions, strict=True)]
    told = []
    for number, (reading, asked) in enumerate(zip(readings, captions, strict=True), 1):
        found = caption(reading.scene) if reading.scene and reading.legal else f"no true scene ({reading.reason})"
        told.append(f"{number}, {role} {asked!r}: {found}")
    good = "are what was asked for" if role == "asked for" else "are right"
    count = "" if right is None else f"{sum(map(bool, right))} of {len(images)} {good}. "
    show_with(pictures(images, below, columns=columns, size=1.4), f"{finding} {count}Read in them: {'; '.join(told)}.")


def _lines(text: str, width: int = 19) -> str:
    """A caption in short lines."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) + 1 > width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return "\n".join(lines)


def show_with(fig, words: str, extra: str = "") -> None:
    """A figure with its words, and `extra` HTML below it."""
    words = check_alt(words)
    picture = base64.b64encode(to_png(fig)).decode()
    emit(
        f'<figure style="margin:0"><img alt="{html.escape(words)}" style="{_WIDTH}" '
        f'src="data:image/png;base64,{picture}">{extra}</figure>',
        f"Figure: {words}",
    )


def strip(stages: Sequence[np.ndarray], names: Sequence[str], *, alt: str) -> None:
    """Stages of one drawing side by side, each (H, W, 3) in [0, 1], with a name below each."""
    show_with(pictures(list(stages), list(names), columns=len(stages), size=1.1), alt)


def wav(sound: np.ndarray, rate: int) -> bytes:
    """A sound (samples,) in [-1, 1] as the bytes of a WAV file, 16 bits a sample. Raises ValueError for another shape,
    for NaN, and for a rate below 1."""
    sound = np.asarray(sound, dtype=float)
    if sound.ndim != 1 or not len(sound) or not np.isfinite(sound).all() or rate < 1:
        raise ValueError(
            f"a sound is (samples,) of finite numbers with a rate of 1 or more; got {sound.shape}, {rate}."
        )
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(int(rate))
        file.writeframes((sound.clip(-1, 1) * 32767).astype("<i2").tobytes())
    return out.getvalue()


def player(
    sound: np.ndarray,
    rate: int,
    *,
    alt: str,
    pitch: tuple[np.ndarray, np.ndarray] | None = None,
    words: Sequence[tuple[float, float, str]] = (),
) -> None:
    """A sound with a player under its waveform, and under that its pitch: `pitch` is (seconds, hertz), NaN where
    nothing is voiced. `words` are (begin, end, word) in seconds; they stand under the wave.

    alt: a sentence about what is heard. It stands as text above the player, too, for those who cannot hear it.
    """
    import matplotlib.pyplot as plt

    from fmcourse.views import style

    data, seconds = wav(sound, rate), np.arange(len(sound)) / rate
    style.use()
    fig, axes = plt.subplots(2 if pitch is not None else 1, 1, figsize=(6.4, 3 if pitch is not None else 1.8),
                             sharex=True, squeeze=False)  # fmt: skip
    wave_axis = axes[0, 0]
    wave_axis.plot(seconds, sound, color=style.PALETTE["blue"], linewidth=0.6)
    wave_axis.set(ylabel="sound", ylim=(-1.35, 1))
    for begin, end, word in words:
        wave_axis.annotate(word, ((begin + end) / 2, -1.3), ha="center", fontsize=10)
        wave_axis.plot([begin, end], [-1.0, -1.0], "-", color=style.GREY, linewidth=2)
    if pitch is not None:
        axes[1, 0].plot(*pitch, ".", color=style.PALETTE["vermillion"], markersize=3)
        axes[1, 0].set(ylabel="pitch in hertz")
    axes[-1, 0].set(xlabel="seconds")
    words_said = check_alt(alt)
    source = base64.b64encode(data).decode()
    show_with(
        fig,
        words_said,
        f'<figcaption style="font-size:0.9em">{html.escape(words_said)}</figcaption>'
        f'<audio controls preload="metadata" aria-label="{html.escape(words_said)}" '
        f'src="data:audio/wav;base64,{source}"></audio>',
    )


def gif(frames: np.ndarray, seconds: float = 0.25, zoom: int = 4) -> bytes:
    """Frames (T, H, W, 3) in [0, 1] as an animation that runs again and again, each pixel drawn `zoom` times each way.
    Raises ValueError for another shape."""
    from PIL import Image

    frames = np.asarray(frames)
    if frames.ndim != 4 or frames.shape[3] != 3 or not len(frames):
        raise ValueError(f"a clip is (frames, height, width, 3), not {frames.shape}.")
    pixels = np.rint(frames.clip(0, 1) * 255).astype(np.uint8).repeat(zoom, 1).repeat(zoom, 2)
    first, *rest = (Image.fromarray(frame) for frame in pixels)
    out = io.BytesIO()
    first.save(out, format="GIF", save_all=True, append_images=rest, duration=round(1000 * seconds), loop=0)
    return out.getvalue()


def clip(frames: np.ndarray, *, alt: str) -> None:
    """All frames (T, H, W, 3) of a clip side by side; the moving clip opens below on demand, and never by itself."""
    words = check_alt(alt)
    moving = base64.b64encode(gif(frames)).decode()
    fig = pictures(list(frames), [str(i) for i in range(1, len(frames) + 1)], columns=len(frames), size=0.95)
    show_with(
        fig,
        words,
        f"<details><summary style='padding:4px 0'>Play the clip</summary>"
        f'<img alt="The same frames as a moving picture: {html.escape(words)}" src="data:image/gif;base64,{moving}">'
        f"</details>",
    )


def solid(voxels: np.ndarray, *, alt: str, turn: float = 30.0) -> None:
    """A grid of voxels (D, H, W, 4), occupancy and colour in [0, 1] with axes down, towards you and right, seen from
    two sides a quarter turn apart; `turn` (degrees) turns both. For turning it by hand, hand this to `views.explore`.
    Raises ValueError for another shape.
    """
    import matplotlib.pyplot as plt

    voxels = np.asarray(voxels)
    if voxels.ndim != 4 or voxels.shape[3] != 4:
        raise ValueError(f"voxels are (down, towards you, right, 4), not {voxels.shape}.")
    fig = plt.figure(figsize=(6.4, 3.2))
    for i in range(2):
        look_from(fig.add_subplot(1, 2, i + 1, projection="3d"), voxels, azimuth=turn - 90 + 90 * i)
    show_with(fig, alt)


def look_from(axis, voxels: np.ndarray, azimuth: float) -> None:
    """Draw a grid (D, H, W, 4) into a three-dimensional axis, seen from above and from so many degrees around."""
    there = voxels.transpose(2, 1, 0, 3)[:, ::-1, ::-1]  # matplotlib's axes: x to the right, y away, z up
    full = there[..., 0] > 0.5
    if full.any():
        axis.voxels(full, facecolors=there[..., 1:].clip(0, 1), edgecolor=(0, 0, 0, 0.15), linewidth=0.2)
    axis.view_init(elev=25, azim=azimuth)
    axis.set(xticks=[], yticks=[], zticks=[], xlabel="right", ylabel="away", zlabel="up",
             xlim=(0, full.shape[0]), ylim=(0, full.shape[1]), zlim=(0, full.shape[2]))  # fmt: skip
    axis.set_box_aspect((1, 1, 1), zoom=0.85)
