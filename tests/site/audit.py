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
# What axe says of parts of a page alone.
PARTS = """([tags, parts]) => {
  const here = parts.filter(part => document.querySelector(part)).map(part => [part]);
  if (!here.length) return [];
  const wanted = {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']};
  return axe.run({include: here}, wanted).then(found => found.violations.flatMap(rule => rule.nodes.map(node => (
    {rule: rule.id, impact: rule.impact, html: node.html.slice(0, 160)}))));
}"""
NARROW = [".bd-header-article", "#pst-back-to-top", ".prev-next-area", ".fm-links"]  # what looks otherwise on a phone
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


def look(chromium, address: str, name: str) -> Seen:
    """All of it for one page, its folds closed at first and then open. A planted fault proves that axe would see it."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page, seen = context.new_page(), Seen()
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    page.on("pageerror", lambda e: seen.wrong.append(f"a script fails: {e}"))
    page.goto(f"{address}/{name}")
    if page.locator(".fm-measured:visible").count():
        seen.wrong.append("an answer is seen before it is asked for")
    seen.stops, wrong = _tab_through(page)
    seen.wrong += wrong
    page.evaluate(OPEN)
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        page.wait_for_timeout(400)  # what opens fades in
        if (here := page.evaluate("document.documentElement.dataset.theme")) != theme:
            seen.wrong.append(f"it stays {here} where the reader's system is {theme}")
        shown = access.look(page, None, TAGS)
        seen.rows[theme] = [r for r in shown["rows"] if r["kind"] == "violations"]
    seen.wrong += [f"a picture says too little: {alt!r}" for alt in shown["alts"] if len((alt or "").strip()) < 3]
    seen.wrong += [f"the Tab key does not reach it: {html}" for html in shown["unreachable"]]
    broken = page.evaluate("[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.outerHTML)")
    seen.wrong += [f"a picture is broken: {html[:60]}" for html in broken]
    page.set_viewport_size({"width": 360, "height": 740})
    page.evaluate("scrollTo(0, 1500); scrollTo(0, 1000)")  # upwards: now the button that leads to the top is there
    page.wait_for_timeout(200)
    if (width := page.evaluate("document.documentElement.scrollWidth")) > 360:
        seen.wrong.append(f"it is {width} wide on a phone of 360")
    narrow = page.evaluate(PARTS, [access.TAGS, NARROW])
    seen.wrong += [f"on a phone {r['rule']}: {r['html']}" for r in narrow if r["impact"] in GRAVE]
    local = (address, "data:", "about:", "blob:")
    seen.wrong += [f"it asks another host: {url}" for url in asked if not url.startswith(local)]
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<input type=text id=fm-planted>')")
    if [r["rule"] for r in page.evaluate(PARTS, [access.TAGS, ["#fm-planted"]])] != ["label"]:
        seen.wrong.append("axe does not see a planted field without a label")
    context.close()
    return seen


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
