"""`fmcourse site`: the reading site, built offline from the notebooks as they are stored.

The pages are laid into a folder of their own beside the site, Sphinx makes HTML of them, and every link inside the site
is followed. Nothing is executed and nothing is fetched, neither here nor by a reader's browser.

But: what is not stored is not shown. `fmcourse run --save` renews a notebook first.
"""

import json
import os
import shutil
import sys
import time
from pathlib import Path

from fmcourse.paths import notebooks_dir
from fmcourse.site import instructors, lesson_pages, reference, stuck

STATIC = Path(__file__).with_name("static")
TEMPLATES = Path(__file__).with_name("templates")
MARK = ".fmcourse-site"  # in a folder that a call of this command made, and may empty
CONF = {
    "project": "Foundation models you can check",
    "html_title": "Foundation models you can check",
    "extensions": ["myst_nb", "sphinx.ext.autodoc"],
    "exclude_patterns": ["downloads"],
    "html_theme": "sphinx_book_theme",
    "html_theme_options": {
        "use_download_button": False,
        "show_toc_level": 1,
        "max_navbar_depth": 1,
        "navbar_persistent": [],
        "footer_content_items": [],
        "toc_title": "On this page",
        "pygments_light_style": "a11y-high-contrast-light",
        "pygments_dark_style": "a11y-high-contrast-dark",
    },
    "html_static_path": [str(STATIC)],
    "templates_path": [str(TEMPLATES)],
    "html_sidebars": {"**": ["site-title.html", "search-button-field.html", "sbt-sidebar-nav.html"]},
    "html_extra_path": ["downloads"],
    "html_css_files": ["site.css"],
    "html_js_files": ["site.js"],
    "html_copy_source": False,
    "html_use_index": False,
    "html_show_sphinx": False,
    "html_show_copyright": False,
    "html_baseurl": "",
    "language": "en",
    "default_role": "code",
    "nb_execution_mode": "off",
    "nb_ipywidgets_js": {},
    "nb_merge_streams": True,
    "myst_heading_anchors": 3,
    "myst_enable_extensions": ["colon_fence"],
    "python_display_short_literal_types": True,
    "autodoc_typehints_format": "short",
    "autodoc_preserve_defaults": True,
    "autodoc_class_signature": "mixed",
    "suppress_warnings": ["mystnb.unknown_mime_type"],
}


def main(out: Path) -> int:
    """Build the site in `out`; 0 when every page was built and every link inside leads somewhere."""
    try:
        from sphinx.application import Sphinx
    except ModuleNotFoundError:
        print("Sphinx is not here: pip install 'fmcourse[site]', or `python3 start.py site`.", file=sys.stderr)
        return 1
    from fmcourse.site import links

    began, out = time.monotonic(), out.absolute()
    if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
        print(f"{out} holds something else: name an empty folder.", file=sys.stderr)
        return 2
    source, trees = out.with_name(out.name + "-pages"), out.with_name(out.name + "-trees")
    for folder in (out, source, trees):
        shutil.rmtree(folder, ignore_errors=True)
    out.mkdir(parents=True)
    (out / MARK).touch()
    number = lay_pages(source)
    print(f"{number} pages; Sphinx makes HTML of them ...", flush=True)
    app = Sphinx(
        source, None, out, trees, "html", CONF, status=None, warning=sys.stderr, parallel=min(os.cpu_count() or 1, 4)
    )
    app.connect("html-page-context", _name_folds)
    app.build()
    for folder in (source, trees):
        shutil.rmtree(folder)
    broken = links.broken(out)
    for line in broken:
        print(line, file=sys.stderr)
    warned = app._warncount
    print(
        f"{number} pages in {time.monotonic() - began:.0f} s, {len(broken)} broken links, {warned} warnings: "
        f"open {out / 'index.html'}"
    )
    return 1 if broken or warned or app.statuscode else 0


def _name_folds(app, pagename, templatename, context, doctree) -> None:
    """Let a fold be called by its own words, not by the same few on every fold."""
    if "body" in context:
        context["body"] = context["body"].replace('<summary aria-label="Toggle hidden content">', "<summary>")


def lay_pages(folder: Path) -> int:
    """Write the source of every page into `folder`; how many there are."""
    found = [(p, json.loads(p.read_text(encoding="utf-8"))) for p in sorted(notebooks_dir().glob("[0-9]*.ipynb"))]
    pages = {
        "index.md": reference.home(found),
        "notebooks/glossary.md": reference.glossary_page(found),
        "cheat-sheets/index.md": reference.cheat_sheets(found),
        "ledger.md": reference.ledger_page(),
        "stuck.md": stuck.page(),
        "api.md": reference.api_page(),
        **instructors.pages(found),
    }
    for path, nb in found:
        beside = notebooks_dir() / "solutions" / path.name
        has = beside.is_file()
        page = lesson_pages.page(
            nb,
            solutions=f"solutions/{path.name}" if has else "",
            download=f"../notebooks/{path.name}",
            cheat_sheet=f"../cheat-sheets/{path.stem}.md",
        )
        pages[f"notebooks/{path.name}"] = json.dumps(page)
        pages[f"downloads/notebooks/{path.name}"] = json.dumps(lesson_pages.without_outputs(nb), indent=1)
        pages[f"cheat-sheets/{path.stem}.md"] = reference.cheat_sheet(path, nb)
        if has:
            solved = lesson_pages.page(json.loads(beside.read_text(encoding="utf-8")))
            solved["metadata"]["orphan"] = True  # reached from the end of the exercises, and from nowhere before
            pages[f"notebooks/solutions/{path.name}"] = json.dumps(solved)
    for name, text in pages.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return sum(not name.startswith("downloads/") for name in pages)
