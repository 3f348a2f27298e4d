"""The site as a reader gets it: built once, every link followed, then opened in a browser that knows this machine only.

All in one file, so that one process builds it, and builds it once.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from fmcourse.paths import notebooks_dir
from fmcourse.site import build, links
from tests.harness.environment import offline_environment
from tests.harness.plugin import ROOT
from tests.site import audit

pytest.importorskip("sphinx")
pytestmark = pytest.mark.browser
LONGEST = 300  # seconds of processor
# What is audited in both themes each time: one page of each make. .ci/full audits all.
AUDITED = (
    "index.html",
    "cheat-sheets/08_looking_inside.html",
    "notebooks/17_sound_video_3d.html",
)


@dataclass
class Site:
    """The built site: its folder, its address, what the build said."""

    folder: Path
    address: str
    said: str
    seconds: float

    def pages(self) -> list[str]:
        return audit.pages(self.folder)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    import resource

    folder = tmp_path_factory.mktemp("reading") / "site"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "fmcourse", "site", "--out", str(folder)],
        cwd=ROOT,
        env=offline_environment(),
        capture_output=True,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stdout + done.stderr
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with audit.served(folder) as address:
        yield Site(folder, address, done.stdout, seconds)


def test_it_is_built_whole_and_in_time(site):
    assert ", 0 broken links, 0 warnings" in site.said
    assert site.seconds <= LONGEST
    for path in notebooks_dir().rglob("[0-9]*.ipynb"):
        page = site.folder / "notebooks" / path.relative_to(notebooks_dir()).with_suffix(".html")
        assert page.is_file(), page
    assert not list(site.folder.parent.glob("*-pages")) and not list(site.folder.parent.glob("*-trees"))


def test_every_link_leads_somewhere_and_a_planted_one_is_found(site, tmp_path):
    assert links.broken(site.folder) == []
    (tmp_path / "a.html").write_text('<p id="here"><a href="b.html"><a href="#here"><a href="#gone"><img src="c.png">')
    assert [line.split(" ")[1] for line in links.broken(tmp_path)] == ["#gone", "b.html", "c.png"]


def test_solutions_are_in_no_list_of_pages(site):
    for page in site.pages():
        text = (site.folder / page).read_text(encoding="utf-8")
        beside = "".join(
            re.findall(r'<nav class="bd-links.*?</nav>|<div class="prev-next-area">.*?</div>\s*<footer', text, re.S)
        )
        assert "solutions/" not in beside, page
    text = (site.folder / "notebooks" / "06_attention_from_scratch.html").read_text(encoding="utf-8")
    assert "solutions/06_attention_from_scratch.html" in text


def test_a_folder_of_someone_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert build.main(tmp_path) == 2 and (tmp_path / "mine.txt").read_text() == "mine"
    assert "holds something else" in capsys.readouterr().err


def test_no_page_asks_another_host_or_is_wider_than_a_phone_or_has_a_picture_without_words(site, watched):
    page, wide, wordless = watched.page, [], []
    page.set_viewport_size({"width": 360, "height": 740})
    for name in site.pages():
        page.goto(f"{site.address}/{name}")
        page.evaluate("document.querySelectorAll('article details').forEach(d => d.open = true)")
        if page.evaluate("document.documentElement.scrollWidth") > 360:
            wide.append(name)
        if page.evaluate("[...document.images].some(i => (i.alt || '').trim().length < 3)"):
            wordless.append(name)
    assert (wide, wordless, watched.foreign, watched.errors) == ([], [], [], [])


@pytest.mark.parametrize("name", AUDITED)
def test_axe_the_tab_key_and_a_phone_find_nothing_grave(site, chromium, name):
    seen = audit.look(chromium, site.address, name)
    assert ({theme: seen.grave(theme) for theme in audit.THEMES}, seen.wrong) == ({"light": [], "dark": []}, [])
    assert seen.stops > 30


THEME = "setInterval(() => document.documentElement.dataset.theme = matchMedia('(prefers-color-scheme: dark)').matches"
THEME += " ? 'dark' : 'light', 50)"
PLANTED = {  # what the audit must find beside axe's rules, planted in a page
    "the focus is not seen": "<style>#pl:focus {outline: 0; box-shadow: none}</style><button id=pl>x</button>",
    "wide on a phone": "<div style='width: 900px'>wide</div>",
    "a picture says too little": "<img alt='' src='data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='>",
    "the Tab key does not reach it": "<button tabindex=-1>x</button>",
    "it asks another host": "<script src='http://127.0.0.1:9/x.js'></script>",
    "an answer is seen": "<p class=fm-measured>Measured: 4</p>",
    "the Tab key stays": "<button onkeydown='event.preventDefault()'>x</button>",
}


def test_each_planted_fault_is_found(chromium, tmp_path):
    skip = "<a href='#main'>Skip to main content</a>"
    for said, fault in {"": "", **PLANTED}.items():
        page = f"<!doctype html><html lang=en><title>x</title><body>{skip}<main id=main>{fault}<h1>x</h1></main>"
        page += f"<script>{THEME}</script>"
        (tmp_path / "page.html").write_text(page)
        with audit.served(tmp_path) as address:
            wrong = audit.look(chromium, address, "page.html").wrong
        assert any(said in line for line in wrong) if said else wrong == [], (said, wrong)


def test_a_guess_stands_beside_its_answer_by_keyboard_alone(site, watched):
    page = watched.page
    page.goto(f"{site.address}/notebooks/00_start_here.html")
    page.locator("[data-guess='00.six']").focus()
    page.keyboard.type("280")
    answer = page.locator("details.hide.below-input", has=page.locator("[data-guessed='00.six']"))
    assert not answer.locator(".fm-measured").is_visible()
    for _ in range(30):
        page.keyboard.press("Tab")
        if answer.locator("summary").evaluate("s => s === document.activeElement"):
            break
    page.keyboard.press("Enter")
    assert answer.locator(".fm-measured").is_visible()
    assert re.match(r"You guessed: 280\. Measured: \d+ of 300", answer.locator(".fm-measured").inner_text())


def test_quiz_frames_and_sounds_are_alive(site, watched):
    page = watched.page
    page.goto(f"{site.address}/notebooks/00_start_here.html")
    page.locator("form.fmquiz input").first.check()
    assert page.locator("form.fmquiz [role=status]").first.inner_text().startswith(("Right.", "Not quite."))
    page.goto(f"{site.address}/notebooks/08_looking_inside.html")
    page.get_by_role("button", name="Open all answers").click()
    frame = page.frame_locator("iframe").first
    frame.locator("svg").first.wait_for()
    assert frame.locator("svg text").count() > 10
    page.goto(f"{site.address}/notebooks/17_sound_video_3d.html")
    page.get_by_role("button", name="Open all answers").click()
    played = page.locator("audio").first.evaluate("a => a.play().then(() => a.duration)")
    assert played > 0.2
    assert watched.foreign == [] and watched.errors == []


def test_search_and_filter_find(site, watched):
    page = watched.page
    page.goto(f"{site.address}/search.html?q=superposition")
    page.locator("#search-results li a").first.wait_for()
    assert any("08" in text for text in page.locator("#search-results li a").all_inner_texts())
    page.locator("#search-results li p.context").first.wait_for()
    assert not any("On this page" in text for text in page.locator("#search-results p.context").all_inner_texts())
    page.goto(f"{site.address}/stuck.html")
    page.get_by_label("Words of the message").fill("disk full")
    shown = page.locator(".fm-messages > li:visible").all_inner_texts()
    assert shown and all("disk" in text.lower() and "full" in text.lower() for text in shown)


def test_a_printed_page_holds_its_answers(site, watched):
    page = watched.page
    page.goto(f"{site.address}/notebooks/06_attention_from_scratch.html")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    answers = page.locator("article details.below-input")
    assert answers.count() > 5 and page.locator("article details.below-input:not([open])").count() == 0
    page.emulate_media(media="print")
    clear = "all => all.every(e => getComputedStyle(e).opacity === '1' && getComputedStyle(e).animationName === 'none')"
    assert page.locator("article details[open] > :not(summary)").evaluate_all(clear)
    for hidden in (".fm-links", "#jb-print-toc", "article details.below-input > summary", "details.above-input"):
        assert not page.locator(hidden).first.is_visible(), hidden
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("article details[open]").count() == 0


def test_a_dark_page_is_printed_on_white(site, watched):
    page = watched.page
    page.emulate_media(color_scheme="dark")
    page.goto(f"{site.address}/cheat-sheets/08_looking_inside.html")
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "dark"
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(theme) == "light"
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(theme) == "dark"
