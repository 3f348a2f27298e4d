"""Every link inside a folder of HTML pages, followed: does the file exist, does the anchor?

But: links to other hosts are not asked for; nothing here goes on the network.
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    """What a page leads to, and the names in it that can be led to."""

    def __init__(self, path: Path):
        super().__init__()
        self.leads: set[str] = set()
        self.names: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        """Note what one tag leads to, and its names."""
        for key, value in attrs:
            if key == "id" or (key == "name" and tag == "a"):
                self.names.add(value or "")
            elif key in ("href", "src") and value is not None:
                self.leads.add(value)


def broken(folder: Path) -> list[str]:
    """A sentence for each link from a page of `folder` into it that leads nowhere."""
    found = [path for path in sorted(folder.rglob("*.html")) if "_static" not in path.parts]  # templates of the theme
    pages = {path.resolve(): _Page(path) for path in found}
    return [line for path, page in pages.items() for line in _of(path, page, pages, folder.resolve())]


def _of(path: Path, page: _Page, pages: dict[Path, _Page], folder: Path) -> Iterator[str]:
    here = path.relative_to(folder).as_posix()
    for lead in sorted(page.leads):
        parts = urlsplit(lead)
        if parts.scheme or parts.netloc:
            continue
        to = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if to.is_dir():
            to = to / "index.html"
        name = unquote(parts.fragment)
        if not to.is_file():
            yield f"{here}: {lead} leads to no file."
        elif name and to in pages and name not in pages[to].names:
            yield f"{here}: {lead} leads to a page without that place."
