"""bertviz's views come as pages that fetch nothing, with a sentence and a figure; bad input gets one sentence."""

import html
import json
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
import torch

from fmcourse.inside.looking import MOST, Looked, look
from fmcourse.views import attention_views as av
from fmcourse.views import inside_plots
from tests.harness import tiny

TEXT = "The cat sleeps."


class Tags(HTMLParser):
    """The tags of a page as a browser finds them: inside a script nothing but its end counts."""

    def __init__(self, page):
        super().__init__()
        self.opened, self.closed, self.fetched = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.opened.append(tag)
        self.fetched += [value for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag):
        self.closed.append(tag)


@pytest.fixture(scope="module")
def loaded():
    return SimpleNamespace(model=tiny.decoder("llama"), tokenizer=tiny.tokenizer())


@pytest.fixture
def pages(monkeypatch):
    kept = []
    monkeypatch.setattr(av, "emit", lambda page, words: kept.append((page, words)))
    return kept


@pytest.mark.parametrize("kind", av.KINDS)
def test_each_view_has_a_sentence_a_figure_and_a_closed_frame(loaded, pages, kind):
    av.attention(loaded, TEXT, kind)
    [(page, words)] = pages
    assert words.startswith("Figure: ") and len(words) > 40
    (alt,) = re.findall(r'<img alt="([^"]+)"', page)
    assert "<figcaption" in page and html.unescape(alt) == words.removeprefix("Figure: ")
    (frame,) = re.findall(
        r'<iframe sandbox="allow-scripts" title="[^"]+" style="[^"]+" srcdoc="([^"]*)"></iframe>', page
    )
    inner = html.unescape(frame)
    tags = Tags(inner)
    assert tags.fetched == [] and "link" not in tags.opened and "@import" not in av.STYLE
    assert tags.opened.count("script") == tags.closed.count("script") == (6 if kind == "neuron" else 5)
    assert tags.closed[-2:] == ["body", "html"] and "bertviz-" in inner


@pytest.mark.parametrize("kind", av.KINDS)
def test_a_page_is_the_same_each_time(loaded, kind):
    seen = look(loaded, TEXT, vectors=True)
    assert av.page(seen, kind, 1, 2) == av.page(seen, kind, 1, 2)


def test_a_changed_bertviz_is_noticed(loaded, monkeypatch):
    seen = look(loaded, TEXT)
    monkeypatch.setattr(av, "_bertviz", lambda *_: "<div id='bertviz-" + "0" * 32 + "'></div>")
    with pytest.raises(RuntimeError, match="0 tags"):
        av.page(seen, "head", 0, 0)


def test_a_token_cannot_end_a_script():
    weights = torch.eye(3).expand(1, 1, 3, 3)
    evil = Looked(["</script>", "<b>", "c"], weights, torch.ones(1, 1, 3, 4), torch.ones(1, 1, 3, 4), True)
    for kind in av.KINDS:
        page = av.page(evil, kind, 0, 0)
        tags = Tags(page)
        assert tags.opened.count("script") == tags.closed.count("script") == (6 if kind == "neuron" else 5)
        assert tags.closed[-2:] == ["body", "html"] and "\\u003c/script>" in page


def test_numbers_are_short(loaded):
    seen = look(loaded, TEXT)
    longest = max(len(x) for x in re.findall(r"0\.\d+", av._bertviz(seen, "head", 0, 0)))
    assert longest <= len("0.1234")


def test_those_who_listen_hear_the_largest_weights():
    weights = torch.tensor([[1.0, 0, 0], [0.9, 0.1, 0], [0.2, 0.7, 0.1]])[None, None]
    seen = Looked(["<bos>", "cat", "</script>"], weights, None, None, True)
    [[head]] = json.loads(av._heard(seen))
    assert head["pair"] == "/script looks at cat 0.70"
    assert head["at"] == ["bos 1.00", "bos 0.90, cat 0.10", "cat 0.70, bos 0.20, /script 0.10"]
    assert head["by"] == ["bos 1.00", "/script 0.70", "/script 0.10"]


def test_strongest_and_habits():
    weights = torch.zeros(1, 3, 6, 6)
    weights[0, 0] = torch.eye(6)
    weights[0, 1, :, 0] = 1
    weights[0, 2] = torch.eye(6).roll(-1, 1)
    assert av.habits(weights) == {"itself": 1, "before": 1, "first": 1, "other": 0}
    weights[0, 1, 4, 2] = 0.9
    assert av.strongest(weights[0, 1]) == (4, 2)


@pytest.mark.parametrize(
    "text, said",
    [("", "empty"), ("  ", "empty"), ("ONE", "one token"), ("The cat sleeps. " * 40, "shorten"), (None, "empty")],
)
def test_bad_text_gets_one_sentence(loaded, text, said):
    if text == "ONE":
        encode, decode = loaded.tokenizer.encode, loaded.tokenizer.decode
        one = (t for t in map(decode, range(6, 300)) if t.strip() and len(encode(t, add_special_tokens=False)) == 1)
        text = next(one)
    with pytest.raises(ValueError, match=said) as problem:
        av.attention(loaded, text)
    assert str(problem.value).count(". ") == 0 and "\n" not in str(problem.value)


def test_a_text_longer_than_a_picture_and_than_the_model(loaded):
    with pytest.raises(ValueError, match="the model holds 67"):
        look(loaded, "e x " * 60)
    long = SimpleNamespace(model=loaded.model, tokenizer=loaded.tokenizer)
    limit = loaded.model.config.max_position_embeddings
    loaded.model.config.max_position_embeddings = 1000
    try:
        with pytest.raises(ValueError, match=f"up to {MOST}"):
            look(long, "e x " * 60)
    finally:
        loaded.model.config.max_position_embeddings = limit


def test_wrong_names_get_one_sentence(loaded):
    with pytest.raises(ValueError, match="no view"):
        av.attention(loaded, TEXT, "tail")
    with pytest.raises(ValueError, match="no layer"):
        av.attention(loaded, TEXT, layer=9)


def test_plots_draw_what_they_get():
    import matplotlib.pyplot as plt

    grid = inside_plots.head_grid([[0.1, 0.9], [0.2, 0.3]])
    assert [t.get_text() for t in grid.axes[0].get_yticklabels()] == ["layer 0", "layer 1"]
    fig = inside_plots.lens([["a", "b"], ["c", "d"]], [[0.1, 0.2], [0.9, 0.3]], ["x", "y"])
    words = [(t.get_text(), t.get_position()) for t in fig.axes[0].texts]
    assert ("a", (0, 1)) in words and ("d", (1, 0)) in words  # the first row lies at the bottom
    arcs = inside_plots.true_links(["a", "b", "c"], [(2, (0,))], [1])
    ends = [tuple(line.get_xdata()[[0, -1]]) for line in arcs.axes[0].get_lines() if len(line.get_xdata()) > 1]
    assert ends == [(2, 1), (2, 0)]  # above to where the head looks, below to the truth
    plt.close("all")
