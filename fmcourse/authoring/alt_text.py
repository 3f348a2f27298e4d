"""Pictures in HTML and Markdown, and which of them say nothing to someone who cannot see them.

What this leaves out: whether the words fit the picture. Only their presence and length can be checked here.
"""

import re
from html.parser import HTMLParser

ALT_AT_LEAST = 20  # characters; a sentence about the finding is longer


class _Tags(HTMLParser):
    """Collects pictures and frames, and what a screen reader would say of each."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag in ("img", "iframe", "svg"):
            self.found.append((tag, dict(attrs)))


def pictures_in(html: str) -> list[tuple[str, dict]]:
    """Every img, iframe and svg of `html` with its attributes."""
    parser = _Tags()
    parser.feed(html)
    return parser.found


def faults_in_html(html: str) -> list[str]:
    """A sentence for each picture or frame without words, or from the network.

    >>> faults_in_html('<img alt="Loss falls to the known floor after 2,000 steps." src="data:image/png;base64,AA">')
    []
    >>> faults_in_html('<img alt="plot">')
    ["it shows an <img> without alt text of 20 characters or more (it has 'plot')."]
    """
    said = []
    for tag, attributes in pictures_in(html):
        alt = attributes.get("alt" if tag == "img" else "title" if tag == "iframe" else "aria-label") or ""
        if tag == "svg" and (attributes.get("aria-hidden") == "true" or "aria-labelledby" in attributes):
            continue
        wanted = ALT_AT_LEAST if tag == "img" else 1
        if len(alt.strip()) < wanted:
            word = {"img": f"alt text of {wanted} characters or more", "iframe": "title", "svg": "aria-label"}[tag]
            said.append(f"it shows an <{tag}> without {word} (it has {alt!r}).")
        source = attributes.get("src") or ""
        if re.match(r"(https?:)?//", source):
            said.append(f"it shows an <{tag}> from the network ({source[:60]}).")
    return said


def faults_in_markdown(text: str) -> list[str]:
    """The same for Markdown; HTML inside it included, code left out."""
    text = _without_code(text)
    said = [
        f"a picture in the text has the alt text {alt!r}; {ALT_AT_LEAST} characters are the least."
        for alt in re.findall(r"!\[([^\]]*)\]\(", text)
        if len(alt.strip()) < ALT_AT_LEAST
    ]
    said += [
        f"a picture in the text comes from the network ({src[:60]})."
        for src in re.findall(r"!\[[^\]]*\]\((https?://[^)\s]+)", text)
    ]
    return said + faults_in_html(text)


def _without_code(text: str) -> str:
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S)
