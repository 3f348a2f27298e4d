"""The accessibility audit: axe in Chromium over everything that the stored notebooks show (notebook 20, claim R6).

`python -m fmcourse.authoring.access` renders each notebook as the course exports it, in JupyterLab's style, lets
axe-core judge it by the rules for WCAG 2.0 to 2.2, levels A and AA, and writes data/access.json: for each notebook how
much it shows, and for each rule that is broken how many elements break it. What stands in outputs, frames included, is
ours; what stands outside of them (the colours of code, the look of links) is JupyterLab's theme and is counted apart.

Needs Chromium, playwright and axe-playwright-python, which brings axe-core (extra `test`).

But: axe finds what a rule can decide. Whether the words of a figure fit it, whether a page makes sense when it is
heard, and how a real screen reader does, it cannot see. Widgets that need a running kernel stand in tests/browser.
"""

import hashlib
import json
import os
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.resources import files
from pathlib import Path

from fmcourse.authoring.alt_text import ALT_AT_LEAST
from fmcourse.paths import data_dir, notebooks_dir

RECORD = data_dir() / "access.json"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OUTPUTS = ".jp-OutputArea-output"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
# What axe says of one document: rule, how grave, and the place and the first letters of each element.
ASK = """async ([tags, outputs]) => {
  const wanted = {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations', 'incomplete']};
  const found = await axe.run(document, wanted);
  const inside = node => { const e = document.querySelector(node.target[node.target.length - 1]);
                           return !outputs || (e && e.closest(outputs)) ? true : false; };
  const rows = kind => found[kind].flatMap(rule => rule.nodes.map(node => (
    {kind, rule: rule.id, impact: rule.impact, ours: inside(node), html: node.html.slice(0, 160)})));
  return {version: axe.version, rows: [...rows('violations'), ...rows('incomplete')]};
}"""
# Pictures, frames, questions and controls in the outputs, and which controls the Tab key cannot reach.
COUNT = """outputs => {
  const all = s => [...document.querySelectorAll(s)].filter(e => !outputs || e.closest(outputs));
  const controls = all('a[href], button, input, select, textarea, audio[controls], summary, [role=button], [onclick]');
  return {pictures: all('img').map(i => i.getAttribute('alt')), frames: all('iframe').length,
          quizzes: all('form[data-quiz]').length, sounds: all('audio').length, tables: all('table').length,
          controls: controls.length,
          unreachable: controls.filter(c => c.tabIndex < 0 && !c.disabled).map(c => c.outerHTML.slice(0, 160))};
}"""


def axe_script() -> str:
    """axe-core, from the package that brings it. Raises ModuleNotFoundError with what to install."""
    try:
        return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    except ModuleNotFoundError:
        raise ModuleNotFoundError("axe is not here: pip install axe-playwright-python (extra `test`).") from None


@contextmanager
def browser(program: str | None = None) -> Iterator:
    """A running Chromium: `program`, FMCOURSE_CHROMIUM, or one on the path."""
    found = program or os.environ.get("FMCOURSE_CHROMIUM") or shutil.which("chromium")
    with import_module("playwright.sync_api").sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield running
        running.close()


def look(page, outputs: str | None = OUTPUTS, tags: Sequence[str] = TAGS) -> dict:
    """Judge what a page of playwright shows now: `rows` of axe, from all its frames, and counts.

    Only what stands in `outputs` (a selector) is ours; None: everything. `tags`: by which of axe's rules; within frames
    by those of WCAG alone, since a frame needs no heading and no landmarks of its own.
    """
    seen: dict = {"rows": [], "alts": [], "unreachable": [], "counts": Counter()}
    for frame in page.frames:
        within, by = (outputs, tags) if frame == page.main_frame else (None, TAGS)
        frame.evaluate(axe_script())
        said, counts = frame.evaluate(ASK, [list(by), within]), frame.evaluate(COUNT, within)
        seen["version"] = said["version"]
        seen["rows"] += said["rows"]
        seen["alts"] += counts.pop("pictures")
        seen["unreachable"] += counts.pop("unreachable")
        seen["counts"].update(counts)
    return seen


def faults(seen: dict) -> list[str]:
    """A sentence for each thing in the outputs that is broken: rules of axe, words of pictures, controls."""
    ours = [r for r in seen["rows"] if r["kind"] == "violations" and r["ours"]]
    said = [f"{r['rule']} ({r['impact']}): {r['html']}" for r in ours]
    said += [f"a picture says too little: {alt!r}" for alt in seen["alts"] if len((alt or "").strip()) < ALT_AT_LEAST]
    said += [f"{n} pictures say the same: {alt!r}" for alt, n in Counter(seen["alts"]).items() if alt and n > 1]
    return said + [f"the Tab key does not reach it: {html}" for html in seen["unreachable"]]


PLANTED = {  # a page with one fault each, and a word of the sentence that must tell of it
    "picture without words": ('<img src="data:image/png;base64,AA">', "image-alt"),
    "grey text on white": ('<p style="color:#bbb;background:#fff">Hardly to be read</p>', "color-contrast"),
    "question without a name": ('<input type="text">', "label"),
    "control beyond the Tab key": ('<button tabindex="-1">Not reached</button>', "Tab key"),
}


def planted(running) -> dict[str, bool]:
    """The positive control: for each planted fault whether the audit finds it, and nothing in the same page without."""
    found = {}
    page = running.new_page()
    for name, (body, word) in {"": ("<p>All is well</p>", ""), **PLANTED}.items():
        page.set_content(f"<!doctype html><html lang='en'><title>Planted</title><body>{body}</body></html>")
        said = faults(look(page, None))
        if name:
            found[name] = any(word in sentence for sentence in said)
        elif said:
            raise AssertionError(f"the audit finds faults where there are none: {said}")
    page.close()
    return found


def row_of(name: str, seen: dict, digest: str) -> dict:
    """One notebook of the record."""

    def counted(kind: str, ours: bool) -> dict[str, dict]:
        rows = [r for r in seen["rows"] if r["kind"] == kind and r["ours"] == ours]
        return {
            rule: {"impact": impact, "elements": n}
            for (rule, impact), n in sorted(Counter((r["rule"], r["impact"]) for r in rows).items())
        }

    short = sum(len((alt or "").strip()) < ALT_AT_LEAST for alt in seen["alts"])
    return {
        "notebook": name,
        "outputs": digest,
        "pictures": len(seen["alts"]),
        **dict(sorted(seen["counts"].items())),
        "violations": counted("violations", True),
        "undecided": counted("incomplete", True),
        "theme": counted("violations", False),
        "short_alts": short,
        "repeated_alts": sum(n - 1 for alt, n in Counter(seen["alts"]).items() if alt and n > 1),
        "unreachable": len(seen["unreachable"]),
    }


def outputs_digest(path: Path) -> str:
    """What the outputs of a stored notebook are, pictures' bytes aside, in 16 hexadecimal digits."""
    nb = json.loads(path.read_text(encoding="utf-8"))
    shown = [o for cell in nb["cells"] if cell["cell_type"] == "code" for o in cell["outputs"]]
    text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", json.dumps([o.get("data", {}).get("text/html") for o in shown]))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def recorded() -> dict:
    """The audit: "axe" (its version), "planted" (which planted faults it finds), "rows" (one a notebook)."""
    return json.loads(RECORD.read_text(encoding="utf-8"))


def main(numbers: list[str]) -> int:
    """Audit the notebooks with these numbers (none: all, which writes the record); 1 when something is broken."""
    import nbformat

    from fmcourse.authoring.run import find, number, to_html

    rows, broken, version = [], [], ""
    with browser() as running:
        control = planted(running)
        for path in find(notebooks_dir()):
            if path.parent != notebooks_dir() or numbers and number(path) not in numbers:
                continue
            page = running.new_page(viewport={"width": 1280, "height": 900})
            page.set_content(to_html(nbformat.read(path, as_version=4), path.stem))
            seen = look(page)
            page.close()
            version = seen["version"]
            rows.append(row_of(path.stem, seen, outputs_digest(path)))
            broken += [f"{path.stem}: {fault}" for fault in faults(seen)]
            print(json.dumps(rows[-1]), flush=True)
    print("\n".join(broken))
    if not numbers:
        told = {"axe": version, "rules": TAGS, "date": time.strftime("%Y-%m-%d"), "planted": control, "rows": rows}
        RECORD.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8", newline="\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
