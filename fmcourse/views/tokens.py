"""Text with a number under each token, as text: it can be selected, searched and read aloud.

The background shows the number and the number is written too, so nothing rests on colour alone. What this leaves out:
where the numbers come from.
"""

import html

from fmcourse.views.figure import check_alt, emit


def token_strip(tokens, values=None, *, alt: str, digits: int = 2) -> None:
    """Show `tokens` side by side, each with its value (a number, or None) below; darker means larger.

    alt: a sentence about the finding, 20 characters or more, read aloud first; ValueError when it says too little, or
    when there are not as many values as tokens. Spaces are shown as ␣ and line ends as ↵.
    """
    words = check_alt(alt)
    tokens = [str(t) for t in tokens]
    values = [None] * len(tokens) if values is None else [None if v is None else float(v) for v in values]
    if len(tokens) != len(values):
        raise ValueError(f"token_strip got {len(tokens)} tokens and {len(values)} values; give one value a token.")
    known = [v for v in values if v is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    boxes = "".join(
        _box(t, v, (v - low) / ((high - low) or 1) if v is not None else None, digits)
        for t, v in zip(tokens, values, strict=True)
    )
    page = (
        f'<figure style="margin:0"><figcaption style="font-size:0.9em;margin-bottom:4px">{html.escape(words)}'
        f'</figcaption><div style="line-height:2.6">{boxes}</div></figure>'
    )
    said = " ".join(t if v is None else f"{t} ({v:.{digits}f})" for t, v in zip(tokens, values, strict=True))
    emit(page, f"{words}\n{said}")


def _box(token: str, value, share, digits: int) -> str:
    background, ink = ("#ffffff", "#000000") if share is None else _shade(share)
    shown = html.escape(token).replace(" ", "␣").replace("\n", "↵") or "∅"
    number = "" if value is None else (f'<span style="display:block;font-size:0.75em">{value:.{digits}f}</span>')
    return (
        f'<span style="display:inline-block;line-height:1.25;text-align:center;margin:1px;padding:1px 5px;'
        f"border:1px solid #767676;border-radius:3px;background:{background};color:{ink};"
        f'font-family:monospace">{shown}{number}</span>'
    )


def _shade(share: float) -> tuple[str, str]:
    """White to the palette's blue, and the ink (black or white) that stands out against it."""
    from fmcourse.views.style import contrast_on_white

    rgb = [1 - share * (1 - c) for c in (0.0, 0.447, 0.698)]
    on_white = contrast_on_white(rgb)
    ink = "#ffffff" if on_white >= 4.5 else "#000000"
    return "#" + "".join(f"{round(255 * c):02x}" for c in rgb), ink
