"""What is looked at on a page of the reading site: axe in both themes, a phone's width, the Tab key, words of pictures.

`test_built.py` does it for one page of each make, `.ci/full site` for all.
"""

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fmcourse.authoring import access

THEMES = ("light", "dark")
TAGS = (*access.TAGS, "best-practice")
GRAVE = ("serious", "critical")
MOST_STOPS = 1200  # of the Tab key on one page
OPEN = "document.querySelectorAll('article details').forEach(d => d.open = true)"
# Where the focus is: a number for each element, its first letters, whether it is a frame, and whether that is seen.
FOCUS = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  window.fmStops ??= new Map();
  if (!window.fmStops.has(here)) window.fmStops.set(here, window.fmStops.size);
  const look = e => { const s = getComputedStyle(e);
    return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none'; };
  const box = here.getBoundingClientRect(), frame = here.tagName === 'IFRAME';
  return {number: window.fmStops.get(here), html: here.outerHTML.slice(0, 120), frame,
          seen: frame || (box.width > 0 && box.height > 0 && (look(here) || here.matches('audio, video')
                || [...here.querySelectorAll('*')].some(look)))};
}"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address under which this machine, and no other, can read `folder`."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def pages(folder: Path) -> list[str]:
    """Every page of a built site."""
    found = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.html")))
    return [page for page in found if not page.startswith("_static/")]


@dataclass
class Seen:
    """What one page showed: the violations of axe by theme, and a sentence for each thing else that is wrong."""

    rows: dict[str, list[dict]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    stops: int = 0

    def grave(self, theme: str) -> list[str]:
        return [f"{r['rule']}: {r['html']}" for r in self.rows[theme] if r["impact"] in GRAVE]

    def counted(self, theme: str) -> str:
        """How many are grave, and how many others there are."""
        grave = len(self.grave(theme))
        return f"{grave} + {len(self.rows[theme]) - grave}"


def violations(page) -> list[dict]:
    return [r for r in access.look(page, None, TAGS)["rows"] if r["kind"] == "violations"]


def in_theme(chromium, address: str, name: str, theme: str, width: int = 1280) -> list[dict]:
    """What axe has against a page with every fold open. A planted fault proves that it would be seen."""
    context = chromium.new_context(color_scheme=theme, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(f"{address}/{name}")
    page.evaluate(OPEN)
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    page.wait_for_timeout(400)  # what opens fades in
    found = violations(page)
    page.evaluate("document.querySelector('article').insertAdjacentHTML('beforeend', '<input type=text class=fmtest>')")
    planted = page.evaluate(access.ASK, [["wcag2a"], ".fmtest"])["rows"]
    assert [r["rule"] for r in planted if r["ours"] and r["kind"] == "violations"] == ["label"], name
    context.close()
    return found


def by_hand(chromium, address: str, name: str) -> tuple[list[str], int]:
    """What is wrong beside axe's rules, a sentence each, and how many stops the Tab key has."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page, wrong = context.new_page(), []
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    page.on("pageerror", lambda e: wrong.append(f"a script fails: {e}"))
    page.goto(f"{address}/{name}")
    if page.locator(".fm-measured:visible").count():
        wrong.append("an answer is seen before it is asked for")
    stops, more = _tab_through(page)
    wrong += more
    page.set_viewport_size({"width": 360, "height": 740})
    page.evaluate(OPEN)
    page.wait_for_timeout(200)
    if (width := page.evaluate("document.documentElement.scrollWidth")) > 360:
        wrong.append(f"it is {width} wide on a phone of 360")
    seen = access.look(page, None, TAGS)
    wrong += [f"on a phone {r['rule']}: {r['html']}" for r in seen["rows"]
              if r["kind"] == "violations" and r["impact"] in GRAVE]  # fmt: skip
    wrong += [f"a picture says too little: {alt!r}" for alt in seen["alts"] if len((alt or "").strip()) < 3]
    wrong += [f"a picture is broken: {src[:60]}" for src in page.evaluate(
        "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)")]  # fmt: skip
    wrong += [f"the Tab key does not reach it: {html}" for html in seen["unreachable"]]
    local = (address, "data:", "about:", "blob:")
    wrong += [f"it asks another host: {url}" for url in asked if not url.startswith(local)]
    context.close()
    return wrong, stops


def _tab_through(page) -> tuple[int, list[str]]:
    """Press Tab from the page's beginning to its end: how many stops, and what is wrong with them."""
    wrong, before, stops = [], None, 0
    for stops in range(MOST_STOPS):
        page.keyboard.press("Tab")
        now = page.evaluate(FOCUS)
        if not stops and not (now and "Skip to main content" in now["html"]):
            wrong.append(f"the first stop is not the skip link: {now}")
        if now is None or (before and now["number"] < before["number"]):
            return stops, wrong
        if before and now["number"] == before["number"] and not now["frame"] and "<audio" not in now["html"]:
            return stops, [*wrong, f"the Tab key stays at {now['html']}"]
        if not now["seen"]:
            wrong.append(f"the focus is not seen at {now['html']}")
        before = now
    return stops, [*wrong, f"the Tab key does not come to the end in {MOST_STOPS} stops"]


def look(chromium, address: str, name: str) -> Seen:
    """All of it for one page."""
    wrong, stops = by_hand(chromium, address, name)
    return Seen({theme: in_theme(chromium, address, name, theme) for theme in THEMES}, wrong, stops)
