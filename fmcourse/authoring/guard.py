"""What a stored notebook must be before "all notebooks pass" means anything: a list of sentences, empty when good.

    python -m fmcourse.authoring.guard [FOLDER]      also prints advice

nbval compares a cell only when it was executed and stored, and says nothing about pictures, size or claims. These
checks read the file and close those gaps. What this leaves out: nothing is executed here, and prose is not judged.
"""

import ast
import json
import re
import sys
from pathlib import Path

from fmcourse.authoring.alt_text import faults_in_html, faults_in_markdown, pictures_in
from fmcourse.authoring.claim_entries import faults_in

MB_AT_MOST, EXCUSED_AT_MOST, LONG_CELL, TOO_LONG_CELL = 3.0, 1 / 3, 20, 60
EXCUSE, RAISES = "nbval-ignore-output", "raises-exception"
_SKIPS = {"nbval-skip", "skip-execution"}
_COMMENTS = re.compile(r"^\s*#\s*(NBVAL_\w+|PYTEST_VALIDATE_IGNORE_OUTPUT)\s*$", re.M)
_BARE = {"image/png", "image/jpeg", "image/gif", "image/svg+xml", "application/pdf"}
_ENCODED = re.compile(r"base64,[A-Za-z0-9+/=\s\\]+")
_MACHINE = re.compile(
    r"(?<![\w.:/\-])(?:file://)?/(?:home|root|Users|tmp|work|mnt|workspace|private|var/folders|usr/lib/python[\d.]*)"
    r"/[\w.\-]+|\b[A-Z]:\\+Users\\+\w+|/(?:site|dist)-packages/"
)
_CLAIM = re.compile(r"^([A-Z]\d+) (holds with a condition|does not hold|holds|could not be settled):", re.M)
_NOT_HERE = re.compile(r"^(\d\d) .*\(not here yet\)", re.M)  # a line of `progress`
_PNG = 'src="data:image/png;base64,'  # as `views.show` writes it; in a frame the quotes are escaped
_TALKS = {"print", "display", "show", "claim"}


def code_cells(nb) -> list:
    return [c for c in nb["cells"] if c["cell_type"] == "code"]


def text_of(value) -> str:
    """Notebook text is a string or a list of lines, depending on who read the file."""
    return value if isinstance(value, str) else "".join(value)


def claims_in(nb, compared_only: bool = False) -> dict[str, str]:
    """The claim lines among the stored outputs: id -> verdict."""
    return {
        id: verdict
        for cell in code_cells(nb)
        if not (compared_only and EXCUSE in _tags(cell))
        for output in cell["outputs"]
        for id, verdict in _CLAIM.findall(text_of(output.get("text", "")))
    }


def inspect(
    nb,
    name: str,
    *,
    claims: dict[str, str] | None = None,
    entries: list[dict] | None = None,
    first_cell: str | None = None,
    taught: bool = True,
) -> list[str]:
    """What is wrong with one notebook, a sentence each.

    `claims` (id -> verdict) must be among its compared outputs; `entries` are those of its claims.toml. `first_cell` is
    the shared first code cell. `taught` is False for solutions, which need no early picture.
    """
    cells = code_cells(nb)
    if not cells:
        return [f"{name} has no code cell."]
    said = [f"{name}, code cell {i}: {sentence}" for i, cell in enumerate(cells, 1) for sentence in _cell(cell)]
    excused = [c for c in cells if EXCUSE in _tags(c)]
    if len(excused) > len(cells) * EXCUSED_AT_MOST:
        said.append(f"{name} excuses {len(excused)} of {len(cells)} code cells from comparison; a third is the most.")
    if not any(c["outputs"] for c in cells if EXCUSE not in _tags(c)):
        said.append(f"{name} has no output that is compared, so it would pass whatever happened.")
    printed = claims_in(nb, compared_only=True)
    for id, verdict in (claims or {}).items():
        if id not in printed:
            said.append(f"{name} does not print claim {id} in a compared cell; the syllabus lists it.")
        elif printed[id] != verdict:
            said.append(f"{name} prints that claim {id} '{printed[id]}'; the syllabus expects '{verdict}'.")
    said += [
        f"{name} prints claim {id}, which the syllabus does not list for it."
        for id in claims_in(nb)
        if claims is not None and id not in claims and not id.startswith("Z")
    ]  # Z: made up, to show how it works
    said += [f"{name}: {fault}" for fault in (faults_in(nb, entries) if entries is not None else ())]
    kernel = nb["metadata"].get("kernelspec", {}).get("name")
    if kernel != "python3":
        said.append(f"{name} is stored for kernel {kernel!r}; store it for 'python3' (fmcourse run --save does).")
    if first_cell is not None and text_of(cells[0]["source"]).strip() != first_cell.strip():
        said.append(f"{name} does not begin with the code cell that all notebooks share.")
    if taught and not _pictured(nb):
        said.append(f"{name} shows no picture within its first three code cells after the shared one.")
    prose = [text_of(c["source"]) for c in nb["cells"] if c["cell_type"] != "code"]
    said += [f"{name}: {fault}" for text in prose for fault in faults_in_markdown(text)]
    text = json.dumps(nb)
    if len(text) > MB_AT_MOST * 1e6:
        said.append(f"{name} is {len(text) / 1e6:.1f} MB; {MB_AT_MOST:.0f} MB is the most (try smaller pictures).")
    found = sorted({m.group() for m in _MACHINE.finditer(_ENCODED.sub("", _plain(nb)))})
    if found:
        said.append(f"{name} holds a path of one machine: {found[0]}")
    return said


def stale(nb, name: str, there=()) -> list[str]:
    """What shows that the outputs of a notebook are older than its code or than the course, a sentence each.

    No test compares the outputs of an excused cell, so nothing else would find that. `there`: the numbers of the
    notebooks that the course has.
    """
    from fmcourse.authoring.saved import code_digest, executed_from

    renew = f"renew it: fmcourse run --save {re.findall(r'[0-9]{2}', name)[0]}"
    said, noted = [], executed_from(nb)
    if noted is None:
        said.append(f"{name} does not say which code its outputs came from; {renew}")
    elif noted != code_digest(nb):
        said.append(f"{name} holds code that was changed after its outputs were made; {renew}")
    printed = "\n".join(text_of(o.get("text", "")) for c in code_cells(nb) for o in c["outputs"])
    missed = [number for number in _NOT_HERE.findall(printed) if number in there]
    if missed:
        said.append(f"{name} prints that notebook {missed[0]} is not here yet, and it is; {renew}")
    return said


def lost_in_print(nb, name: str) -> list[str]:
    """A sentence for each code cell whose picture would be missing from a PDF: there HTML counts for nothing."""
    return [
        f"{name}, code cell {i}: its picture has no PNG beside it, so LaTeX and PDF exports lose it; renew it with "
        f"fmcourse run --save, or show it with views.show."
        for i, cell in enumerate(code_cells(nb), 1)
        if any(
            "image/png" not in o["data"] and _PNG in text_of(o["data"].get("text/html", ""))
            for o in cell["outputs"]
            if "data" in o
        )
    ]


def advice(nb, name: str) -> list[str]:
    """What a reader might stumble over; nothing here fails a build."""
    said = []
    kinds = [c["cell_type"] for c in nb["cells"]]
    pairs = sum(a == b == "code" for a, b in zip(kinds, kinds[1:], strict=False))
    if pairs > max(2, len(code_cells(nb)) // 6):
        said.append(f"{name} has {pairs} places where a code cell follows a code cell; put a sentence between them.")
    for i, cell in enumerate(code_cells(nb), 1):
        lines = len(text_of(cell["source"]).splitlines())
        if lines > LONG_CELL and not re.search(r"^class ", text_of(cell["source"]), re.M):
            said.append(f"{name}, code cell {i} has {lines} lines; {LONG_CELL} is the usual most.")
        size = len(json.dumps(cell["outputs"]))
        if size > 5e5:
            said.append(f"{name}, code cell {i} stores {size / 1e6:.1f} MB of output.")
    return said


def inspect_folder(folder: Path) -> list[str]:
    """`inspect` for every notebook of `folder` and its `solutions`, with the syllabus and the shared first cell."""
    from fmcourse.authoring import address
    from fmcourse.authoring.first_cell import SOURCE
    from fmcourse.authoring.pages import faults, neighbours
    from fmcourse.authoring.run import expected, number
    from fmcourse.classroom import ledger, replications, settled

    said, notebooks = _names(Path(folder)), read_folder(folder)
    there = {number(path) for path, _ in notebooks}
    around = neighbours([(path, nb) for path, nb in notebooks if path.parent == Path(folder)], address.public())
    for path, nb in notebooks:
        taught = path.parent == Path(folder)
        wanted = expected(number(path)) if taught else {}
        name = path.relative_to(folder).as_posix()
        entries = ledger.entries(number(path)) if taught else None
        said += inspect(nb, name, claims=wanted, entries=entries, first_cell=SOURCE, taught=taught)
        said += stale(nb, name, there) + lost_in_print(nb, name)
        said += [f"{name}: {fault}" for fault in faults(nb, around.get(name))]
        if taught:
            said += [f"{name}: {fault}" for fault in replications.faults(nb, number(path))]
            said += [f"{name}: {fault}" for fault in settled.faults(nb, number(path))]
    return said


def read_folder(folder: Path) -> list[tuple[Path, dict]]:
    """Every notebook in `folder` and `folder/solutions` with its content."""
    from fmcourse.authoring.run import find

    return [(path, json.loads(path.read_text(encoding="utf-8"))) for path in find(Path(folder))]


def _tags(cell) -> list[str]:
    return cell["metadata"].get("tags", [])


def _cell(cell) -> list[str]:
    """What is wrong with one code cell."""
    source, outputs, tags = text_of(cell["source"]), cell["outputs"], _tags(cell)
    said = []
    if not source.strip():
        return ["it is empty; delete it."]
    if cell.get("execution_count") is None:
        said.append("it was not executed, so nothing of it is compared.")
    elif not outputs and _must_speak(source):
        said.append("it prints or shows something, and no output is stored.")
    if EXCUSE in tags and not outputs:
        said.append(f"it is excused by {EXCUSE} and has no output that needs an excuse.")
    if _SKIPS & set(tags):
        said.append(f"the tag {min(_SKIPS & set(tags))} would keep it from running.")
    if _COMMENTS.search(source):
        said.append(f"a comment for nbval ({_COMMENTS.search(source).group(1)}) stands in it; use the tag {EXCUSE}.")
    failed = [o for o in outputs if o["output_type"] == "error"]
    if failed and RAISES not in tags:
        said.append(f"it stores an error, {failed[0]['ename']}; only a cell tagged {RAISES} may.")
    if RAISES in tags and not failed and cell.get("execution_count") is not None:
        said.append(f"it is tagged {RAISES} and stores no error.")
    if any(re.search(r"^ {2,4}\S.*…", text_of(o.get("text", "")), re.M) for o in outputs):
        said.append("its measurement is cut off, where a … stands; say it in fewer words.")
    for data in (o["data"] for o in outputs if "data" in o):
        bare = _BARE & set(data) if "text/html" not in data else ()  # beside HTML it is there for LaTeX and PDF
        if bare:
            said.append(f"it shows a bare {min(bare)}, which nobody can hear; use views.show(fig, alt=...).")
        said += faults_in_html(text_of(data.get("text/html", "")))
        said += faults_in_markdown(text_of(data.get("text/markdown", "")))
    if len(source.splitlines()) > TOO_LONG_CELL:
        said.append(f"it has {len(source.splitlines())} lines; {TOO_LONG_CELL} is the most.")
    return said


def _must_speak(source: str) -> bool:
    """Whether a top-level line calls print, display, show or claim."""
    try:
        tree = ast.parse(re.sub(r"^\s*[%!].*$", "", source, flags=re.M))
    except SyntaxError:
        return False
    calls = [line.value.func for line in tree.body if isinstance(line, ast.Expr) and isinstance(line.value, ast.Call)]
    return any((getattr(f, "id", None) or getattr(f, "attr", None)) in _TALKS for f in calls)


def _pictured(nb) -> bool:
    """Whether a picture stands in the text or outputs up to the third code cell after the shared one."""
    seen = 0
    for cell in nb["cells"]:
        shown = text_of(cell["source"])
        if cell["cell_type"] == "code":
            seen += 1
            shown = "".join(text_of(o.get("data", {}).get("text/html", "")) for o in cell["outputs"])
        if seen <= 4 and (pictures_in(shown) or cell["cell_type"] != "code" and re.search(r"!\[[^\]]+\]\(", shown)):
            return True
    return False


def _names(folder: Path) -> list[str]:
    """Notebooks that the course would never run, because of their name; and a folder without any."""
    from fmcourse.authoring.run import find

    found = find(folder)
    stray = sorted(p for p in folder.rglob("*.ipynb") if p not in found and ".ipynb_checkpoints" not in p.parts)
    said = [
        f"{p.relative_to(folder).as_posix()} is not called NN_name.ipynb, so the course never runs it." for p in stray
    ]
    return said + ([] if found else [f"There is no notebook in {folder}."])


def _plain(nb) -> str:
    """All text of a notebook, one piece a line, without JSON's escapes."""
    pieces = []

    def walk(value):
        if isinstance(value, str):
            pieces.append(value)
        elif isinstance(value, list) and all(isinstance(v, str) for v in value):
            pieces.append("".join(value))
        elif isinstance(value, (list, dict)):
            for v in value.values() if isinstance(value, dict) else value:
                walk(v)

    walk(nb)
    return "\n".join(pieces)


def main(folder: Path) -> int:
    """Print what is wrong and what could be better; 1 when something is wrong."""
    wrong = inspect_folder(folder)
    hints = [hint for path, nb in read_folder(folder) for hint in advice(nb, path.name)]
    for line in [*wrong, *(f"(advice) {hint}" for hint in hints)]:
        print(line)
    print(f"{len(read_folder(folder))} notebooks, {len(wrong)} faults, {len(hints)} pieces of advice.")
    return 1 if wrong else 0


if __name__ == "__main__":
    from fmcourse.paths import notebooks_dir

    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else notebooks_dir()))
