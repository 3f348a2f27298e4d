"""A stored notebook made ready to be read without a kernel: answers folded, claims in boxes, calls that need Python
replaced by a sentence.

A reader sees a question, then opens its answer. So what is shown between `predict` and its `reveal` is folded, and the
guess can be written into a field of the page.

But: prose is left as it is, and nothing is computed.
"""

import copy
import re
from html import escape

# What an output says in a notebook, and what a page without Python says in its place.
_NEEDS_PYTHON = {
    "check": "Your answer is checked where the notebook runs: this page has no Python behind it.",
    "answer": "Your score is kept where the notebook runs: this page has no Python behind it.",
    "hint": "Hints come where the notebook runs: this page has no Python behind it.",
}
_CONTROLS = re.compile(r"^.*?\b[Aa]ppear here when the cell is run in JupyterLab\.", re.S)
_QUIZ_SMALL = re.compile(r"<p><small>If a click shows nothing, run .*?</small></p>", re.S)
_QUIZ_KEEP = "To keep this in your progress, run: "
_CALL = re.compile(r"^\s*(predict|reveal|check|answer|hint)\(\s*[\"']([^\"']+)[\"']", re.M)
_KIND = re.compile(r"^\s*predict\([^\n]*?\)\s*#\s*(.+?)\s*$", re.M)
_CLAIM = re.compile(
    r"^([A-Z]\d+) (holds with a condition|does not hold|holds|could not be settled): (.*)\n"
    r"  measured: (.*(?:\n    .*)*)\n?",
    re.M,
)
_PREDICTED = re.compile(r"^You predicted: nothing yet\n  measured: (.*(?:\n    .*)*)\n?", re.M)
_NOT_YET = re.compile(r"^Prediction \S+: none yet\..*\n?", re.M)
_PREDICTION = re.compile(r"^Exercise \S+: not answered yet|^Quiz .*: not answered yet", re.M)


def text_of(cell: dict) -> str:
    """The source of a cell, or the text of an output, as one string."""
    kept = cell.get("source", cell.get("text", ""))
    return kept if isinstance(kept, str) else "".join(kept)


def folded(cells: list[dict]) -> dict[int, str]:
    """Which cells show their output only when asked: index -> what the reader opens.

    They are those after a `predict` up to the one with its `reveal`, that one with it.
    """
    guessed: dict[str, int] = {}
    out: dict[int, str] = {}
    for i, cell in enumerate(cells):
        if cell["cell_type"] != "code":
            continue
        for word, name in _CALL.findall(text_of(cell)):
            if word == "predict":
                guessed[name] = i
            elif word == "reveal" and name in guessed:
                begin = guessed.pop(name)
                for j in range(begin + (begin < i), i):
                    out.setdefault(j, "Show this output; it may tell the answer")
                out[i] = "Show the answer"
    return {i: words for i, words in out.items() if cells[i]["cell_type"] == "code" and cells[i].get("outputs")}


def page(nb: dict, solutions: str = "", download: str = "", cheat_sheet: str = "") -> dict:
    """The notebook as the site shows it. `solutions`, `download`, `cheat_sheet`: links from its page, or none."""
    nb = copy.deepcopy(nb)
    nb["metadata"] = {key: nb["metadata"][key] for key in ("kernelspec", "language_info") if key in nb["metadata"]}
    hide = folded(nb["cells"])
    cells: list[dict] = []
    for i, cell in enumerate(nb["cells"]):
        source = text_of(cell)
        if cell["cell_type"] == "markdown":
            if not i:
                source = _head(source, download, cheat_sheet)
            elif solutions and re.search(r"^## Quiz", source, re.M):
                cells.append(_markdown(f"Tried them all? The [solutions]({solutions}) are on a page of their own."))
                solutions = ""
            cells.append(_markdown(source))
            continue
        tags, metadata = [], {}
        if source.startswith("#@title"):
            tags.append("hide-input")
            metadata["mystnb"] = {
                "code_prompt_show": "Show the first cell, the same in every notebook",
                "code_prompt_hide": "Hide it again",
            }
        if i in hide:
            tags.append("hide-output")
            metadata["mystnb"] = {"code_prompt_show": hide[i], "code_prompt_hide": "Hide it again"}
        outputs = [one for output in cell.get("outputs", ()) for one in shown(output, source)]
        if any(_CLAIM.search(text_of(output)) for output in cell.get("outputs", ())):
            cells.append(_markdown(f"(cell-{cell['id']})="))
        cells.append({**cell, "metadata": {**metadata, "tags": tags}, "outputs": outputs})
    if solutions:
        cells.append(_markdown(f"The [solutions]({solutions}) are on a page of their own."))
    for i, cell in enumerate(cells):
        cell["id"] = f"cell{i}"  # the format wants one
    return {**nb, "cells": cells}


def shown(output: dict, source: str) -> list[dict]:
    """An output as the page shows it: [] when it says nothing there."""
    if output["output_type"] == "error":
        return [output]
    if "text" in output:
        said = text_of(output)
        if _PREDICTION.search(said):
            word = next((word for word, _ in _CALL.findall(source) if word in _NEEDS_PYTHON), "check")
            return [_html(f'<p class="fm-note">{_NEEDS_PYTHON[word]}</p>')]
        if _CLAIM.search(said) or _PREDICTED.search(said) or _NOT_YET.search(said):
            return [_html(_boxes(said, source))]
        return [output]
    data = output.get("data", {})
    markup, plain = _joined(data.get("text/html")), _joined(data.get("text/plain"))
    if markup:
        markup = _QUIZ_SMALL.sub("", markup).replace(_QUIZ_KEEP, "To keep it, run in the notebook: ")
        markup = re.sub(r'href="(\d\d_\w+)\.ipynb#cell-id=(\w+)"', r'href="\1.html#cell-\2"', markup)
        return [_html(f'<div class="fm-html">{markup}</div>')]
    if _CONTROLS.match(plain):
        words = _CONTROLS.sub("Controls stand here where the notebook runs: this page has no Python behind it.", plain)
        return [_html(f'<p class="fm-note">{escape(words)}</p>')]
    return [{**output, "data": {"text/plain": plain}}] if plain.strip() else []


def without_outputs(nb: dict) -> dict:
    """The notebook to take home, with the answers cleared."""
    cells = [
        {**cell, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell
        for cell in nb["cells"]
    ]
    return {**nb, "cells": cells}


def _boxes(said: str, source: str) -> str:
    """A printed text with its claims, guesses and measurements set apart."""
    names: dict[str, list[str]] = {"predict": [], "reveal": []}
    for word, name in _CALL.findall(source):
        names.setdefault(word, []).append(name)
    kinds = _KIND.findall(source)
    parts, at = [], 0
    marks = sorted((m for form in (_CLAIM, _PREDICTED, _NOT_YET) for m in form.finditer(said)), key=lambda m: m.start())
    for mark in marks:
        parts.append(_pre(said[at : mark.start()]))
        if mark.re is _CLAIM:
            parts.append(_claim(*mark.groups()))
        elif mark.re is _PREDICTED:
            name = names["reveal"].pop(0) if names["reveal"] else ""
            parts.append(
                f'<p class="fm-measured"><span data-guessed="{escape(name)}"></span>Measured: '
                f"<strong>{escape(' '.join(mark.group(1).split()))}</strong></p>"
            )
        else:
            name = names["predict"].pop(0) if names["predict"] else ""
            kind = f" ({escape(kinds.pop(0))})" if kinds else ""
            parts.append(
                f'<p class="fm-guess"><label>Your guess{kind} <input type="text" size="12" autocomplete="off" '
                f'data-guess="{escape(name)}"></label></p>'
            )
        at = mark.end()
    return "".join([*parts, _pre(said[at:])])


def _claim(id: str, verdict: str, sentence: str, measured: str) -> str:
    return (
        f'<div class="fm-claim fm-{verdict.replace(" ", "-")}"><p><strong>{id}</strong> '
        f'<span class="fm-verdict">{verdict}</span></p><p>{escape(sentence)}</p>'
        f'<p class="fm-figures">Measured: {escape(" ".join(measured.split()))}</p></div>'
    )


def _pre(text: str) -> str:
    return f'<pre tabindex="0">{escape(text.rstrip())}</pre>' if text.strip() else ""


def _head(source: str, download: str, cheat_sheet: str) -> str:
    """The first cell: what leads elsewhere on a line of its own, and no solutions before the exercises."""
    source = re.sub(r"\[solutions\]\([^)]*\), (?=\[glossary\])", "", source)
    links = [f"[Cheat sheet]({cheat_sheet})"] if cheat_sheet else []
    links += [f'<a href="{escape(download)}" download>Download this notebook</a>'] if download else []
    title, _, rest = source.partition("\n")
    return f"{title}\n\n::::{{container}} fm-links\n{' · '.join(links)}\n::::\n{rest}" if links else source


def _joined(value) -> str:
    return value if isinstance(value, str) else "".join(value or ())


def _markdown(source: str) -> dict:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _html(markup: str) -> dict:
    return {"output_type": "display_data", "metadata": {}, "data": {"text/html": markup}}
