"""`show`: a figure on the page with words for those who cannot see it.

An HTML <img> keeps its alt text in JupyterLab, in exported pages and in notebooks that are not trusted; a bare
picture does not. The same picture lies beside it as PNG, because exports to LaTeX and PDF take no HTML; what shows HTML
prefers it. What this leaves out: drawing (`plots`), and judging whether the words fit.
"""

import base64
import html
import io
import re

ALT_AT_LEAST = 20
DPI = 110
MOST_LOST = 15  # root mean square of what 256 colours change, red, green and blue together, of 255 each
_PNG = re.compile(r'<img [^>]*src="data:image/png;base64,([A-Za-z0-9+/=]+)"')  # what stands in a frame is escaped


def show(fig, alt: str = "", *, dpi: int = DPI) -> None:
    """Show a matplotlib figure (or axes) or a PIL image with `alt`, a sentence about the finding, and close it.

    Raises ValueError when `alt` has fewer than 20 characters, TypeError for what is no figure.
    """
    words = check_alt(alt)
    picture = base64.b64encode(to_png(fig, dpi)).decode()
    emit(
        f'<figure style="margin:0"><img alt="{html.escape(words)}" style="max-width:100%;height:auto" '
        f'src="data:image/png;base64,{picture}"></figure>',
        f"Figure: {words}",
    )


def check_alt(alt) -> str:
    """`alt` on one line; ValueError when it says too little."""
    words = " ".join(alt.split()) if isinstance(alt, str) else ""
    if len(words) < ALT_AT_LEAST:
        raise ValueError(
            f"alt={alt!r} says too little: write a sentence about what the figure shows "
            f"({ALT_AT_LEAST} characters or more)."
        )
    return words


def emit(page: str, words: str) -> None:
    """Put `page` (HTML) into the output with `words` as its plain text; outside a notebook print the words.

    If the page holds one PNG picture, that is put beside it.
    """
    from fmcourse.records import printable

    page, words = printable(page), printable(words)
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        get_ipython = None
    if get_ipython is None or get_ipython() is None:
        print(words)
        return
    pictures = _PNG.findall(page)
    picture = {"image/png": pictures[0]} if len(pictures) == 1 else {}
    display({"text/html": page, **picture, "text/plain": words}, raw=True)


def to_png(fig, dpi: int = DPI) -> bytes:
    """A figure, axes or PIL image as PNG bytes; a figure is closed.

    256 colours are enough for most; where they change what is seen, as in pictures of noise, all colours are kept.
    """
    from PIL import Image, ImageChops, ImageStat

    if isinstance(fig, Image.Image):
        picture = fig.convert("RGB")
    else:
        fig = getattr(fig, "figure", None) if not hasattr(fig, "savefig") else fig
        if not hasattr(fig, "savefig"):
            raise TypeError("show needs a matplotlib figure, axes or a PIL image; make one with plt.subplots().")
        import matplotlib.pyplot as plt

        raw = io.BytesIO()
        fig.savefig(raw, format="png", dpi=dpi, bbox_inches="tight", facecolor="white")
        plt.close(fig)  # else the notebook shows it a second time, without words
        picture = Image.open(raw).convert("RGB")
    out = io.BytesIO()
    small = picture.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    lost = sum(ImageStat.Stat(ImageChops.difference(picture, small.convert("RGB"))).rms)
    (small if lost <= MOST_LOST else picture).save(out, format="PNG", optimize=True)
    return out.getvalue()
