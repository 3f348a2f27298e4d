"""The ledger as something to read: lines for a terminal, a page in Markdown, a table in a notebook.

But: no sorting and no boxes to tick. `settled` gives plain rows, and Python sorts and filters them.
"""

import os
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path

from fmcourse.classroom.settled import OPEN, Settled, counts, settled
from fmcourse.paths import notebooks_dir

HEAD = ("id", "what is claimed", "verdict", "tier", "other draws", "measured")
_CELL = "text-align:left;vertical-align:top;white-space:normal"


def as_text(rows: Sequence[Settled]) -> str:
    """One line a claim: mark, id, notebook, verdict, tier, other draws, sentence. `*` marks a headline."""
    lines = [f"   {'id':4} nb  {'verdict':21} {'tier':9} {'other draws':19}  what is claimed"]
    return "\n".join(
        lines
        + [
            f" {'*' if r.headline else ' '} {r.id:4} {r.notebook}  {r.verdict:21} {r.tier or '-':9} "
            f"{r.replicated or '-':19}  {r.sentence}"
            for r in rows
        ]
    )


def as_markdown(rows: Sequence[Settled], to: str = "notebooks") -> str:
    """The ledger as a page; `to` leads from the page's folder to the notebooks."""
    said = ", ".join(f"*{verdict}* {n}" for verdict, n in counts(rows).items())
    lines = [
        "# The ledger",
        "",
        f"{len(rows)} claims, by verdict: {said}. A headline is printed in bold. `fmcourse claims --page FILE` wrote "
        "this page from what the notebooks store; the links lead to the cell that settles a claim.",
        "",
        f"| {' | '.join(HEAD)} |",
        f"| {' | '.join('---' for _ in HEAD)} |",
    ]
    for r in rows:
        name = f"**{r.id}**" if r.headline else r.id
        link = f"[{name}]({to}/{r.link})" if r.link else name
        figure = f"{r.measured}, n = {r.n}" if r.measured else ""
        read = f" ({', '.join(r.records)})" if r.records else ""
        cells = (link, r.sentence, r.verdict, r.tier + read, r.replicated, figure)
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def as_html(rows: Sequence[Settled], title: str, figures: bool = False) -> str:
    """The rows as a table with a caption; `figures` adds what was measured. Links lead to cells of this folder."""
    head = HEAD if figures else HEAD[:-1]
    top = "".join(f'<th scope="col" style="{_CELL}">{escape(word)}</th>' for word in head)
    body = []
    for r in rows:
        name = escape(r.id + ("*" if r.headline else ""))
        id = f'<a href="{escape(r.link)}">{name}</a>' if r.link else name
        words = [r.sentence, r.verdict, r.tier, r.replicated]
        words += [f"{r.measured}, n = {r.n}" if r.measured else ""] if figures else []
        cells = "".join(f'<td style="{_CELL}">{escape(word)}</td>' for word in words)
        body.append(f'<tr><th scope="row" style="{_CELL}">{id}</th>{cells}</tr>')
    return (
        f'<div style="max-height:26em;overflow:auto" tabindex="0" role="region" aria-label="{escape(title)}">'
        f"<table><caption>{escape(title)}</caption><thead><tr>{top}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def show_rows(rows: Sequence[Settled], title: str, figures: bool = False) -> None:
    """Show some rows in a notebook, as a table whose ids lead to the cells that settle them."""
    from IPython.display import display

    display(
        {"text/html": as_html(rows, title, figures), "text/plain": f"{title}\n{as_text(rows)}"},
        raw=True,
    )


def main(page: Path | None = None) -> int:
    """Print the ledger, or write it to `page`; 1 when a claim that is not only planned has no verdict, or no file."""
    from fmcourse.classroom import ledger

    rows = settled()
    if page is None:
        print(as_text(rows))
    else:
        try:
            page.parent.mkdir(parents=True, exist_ok=True)
            to = Path(os.path.relpath(notebooks_dir(), page.absolute().parent)).as_posix()
            page.write_text(as_markdown(rows, to), encoding="utf-8", newline="\n")
        except (OSError, ValueError) as trouble:  # ValueError: on Windows, another drive
            print(f"The page cannot be written to {page}: {trouble}.", file=sys.stderr)
            return 2
        print(f"The ledger is in {page}.")
    print(f"{len(rows)} claims: {'; '.join(f'{n} {verdict}' for verdict, n in counts(rows).items())}.")
    planned = {entry["id"] for entry in ledger.entries() if entry["planned"]}
    lost = [r.id for r in rows if r.verdict == OPEN and r.id not in planned]
    if lost:
        print(f"No notebook stores a verdict for {', '.join(lost)}: fmcourse run --save.", file=sys.stderr)
    return 1 if lost else 0
