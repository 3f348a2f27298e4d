"""bertviz's three views of attention, drawn offline, each with a figure and a sentence that need no script.

bertviz fetches require.js, d3 and jQuery from a CDN, and fails in JupyterLab 4 even online. Here its page is taken as
it returns it; the one tag that fetches is replaced by d3 (from mpld3), jQuery (from XStatic-jQuery) and a shim that
hands bertviz those two; and the page goes into a frame that may run scripts and nothing else. Whatever reacts to the
mouse gets the keyboard's focus too, and its name says the largest weights, for those who listen. A drawing that is
wider than its frame is made smaller, at most by a quarter, and scrolls beyond that. Where scripts are off, the figure
and the sentence remain.

Source: Vig 2019, "A multiscale visualization of attention in the transformer model".
"""

import base64
import hashlib
import html
import json
import re
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from fmcourse.views.figure import emit, to_png

KINDS = ("head", "model", "neuron")
TAG = re.compile(r'<script src="https://[^"]*require[^"]*"></script>')
LESS = "\ue000"  # stands for "<" in tokens on their way through bertviz, so that no token can end a script


def attention(loaded, text: str, kind: str = "head", *, layer: int | None = None, head: int | None = None) -> None:
    """Show what the heads of `loaded` look at in `text`: a sentence, a figure, and bertviz's view to play with.

    kind: "head" (lines between tokens, one layer at a time), "model" (all layers and heads at once) or "neuron" (how
    queries and keys make the weights). layer, head: which to begin with, from 0; without them the head with the largest
    weight between two different tokens. Raises `ValueError`, one sentence, for text that is empty, one token or too
    long, for a model without weights, and for a head that is not there.
    """
    from fmcourse.inside.looking import look

    if kind not in KINDS:
        raise ValueError(f"there is no view {kind!r}; there are {', '.join(KINDS)}.")
    seen = look(loaded, text, vectors=kind == "neuron")
    layer, head = _chosen(seen.weights, layer, head)
    query, key = strongest(seen.weights[layer, head])
    words = sentence(seen, kind, layer, head, query, key)
    picture = base64.b64encode(to_png(figure(seen, kind, layer, head, query, key))).decode()
    title = f"Interactive {kind} view of attention by bertviz"
    frame = page(seen, kind, layer, head)
    emit(
        f'<div><figure style="margin:0"><figcaption style="margin-bottom:4px">{html.escape(words)}</figcaption>'
        f'<img alt="{html.escape(words)}" style="max-width:100%;height:auto" src="data:image/png;base64,{picture}">'
        f'</figure><iframe sandbox="allow-scripts" title="{title}" style="width:100%;height:{_height(seen, kind)}px;'
        f'border:1px solid #767676;background:white" srcdoc="{_attribute(frame)}"></iframe></div>',
        f"Figure: {words}",
    )


def _chosen(weights, layer, head) -> tuple[int, int]:
    layers, heads = weights.shape[:2]
    if layer is not None and not 0 <= layer < layers or head is not None and not 0 <= head < heads:
        raise ValueError(
            f"there is no layer {layer}, head {head}; layers are 0 to {layers - 1}, heads 0 to {heads - 1}."
        )
    best = [
        (float(weights[i, j][strongest(weights[i, j])]), -i, -j)
        for i in range(layers)
        for j in range(heads)
        if layer in (None, i) and head in (None, j)
    ]
    _, i, j = max(best)
    return -i, -j


def strongest(weights) -> tuple[int, int]:
    """(query, key) of the largest weight from one token to another, the first token left aside: many heads rest there.

    >>> import torch
    >>> strongest(torch.tensor([[1.0, 0, 0], [0.9, 0.1, 0], [0.2, 0.7, 0.1]]))
    (2, 1)
    """
    import torch

    inner = weights.clone()
    inner.fill_diagonal_(-1)
    if len(inner) > 2:
        inner[:, 0] = -1
    return tuple(int(x) for x in divmod(int(torch.argmax(inner)), inner.shape[1]))


def sentence(seen, kind: str, layer: int, head: int, query: int, key: int) -> str:
    """What the figure shows, in words."""
    here = f"layer {layer}, head {head}"
    weight = f"{float(seen.weights[layer, head, query, key]):.2f}"
    pair = f'"{seen.tokens[query]}" looks at "{seen.tokens[key]}" with weight {weight}'
    if kind == "head":
        return f"In {here}, {pair}, the largest weight between two different words there."
    if kind == "neuron":
        return f"In {here}, {pair}: query and key, multiplied number by number and added up, make the score."
    counts = habits(seen.weights)
    layers, heads = seen.weights.shape[:2]
    return (
        f"Of {layers * heads} heads, {counts['itself']} look most often at the token itself, {counts['before']} at "
        f"the one before, {counts['first']} at the first token, {counts['other']} elsewhere."
    )


def habits(weights) -> dict[str, int]:
    """How many of the (L, H) heads look most often at the token itself, the one before, the first one, or elsewhere."""
    import torch

    tops = weights.argmax(-1).flatten(0, 1)[:, 2:]  # the first two rows have hardly a choice
    at = torch.arange(2, weights.shape[-1])
    kinds = torch.stack([tops == at, tops == at - 1, tops == 0], -1)
    shares = torch.cat([kinds, ~kinds.any(-1, keepdim=True)], -1).float().mean(1)
    names = ("itself", "before", "first", "other")
    return {name: int((shares.argmax(-1) == i).sum()) for i, name in enumerate(names)}


# the static figures ---------------------------------------------------------------------------------------------------
def figure(seen, kind: str, layer: int, head: int, query: int, key: int):
    """The figure beside a view: one head as a heat map, all heads small, or query, key and weights of one token."""
    import matplotlib.pyplot as plt

    from fmcourse.views import plots, style

    style.use()
    if kind == "head":
        fig = plots.heatmap(
            seen.weights[layer, head],
            seen.tokens,
            seen.tokens,
            limits=(0, 1),
            numbers=False,
            xlabel="looked at",
            ylabel="token that looks",
        )
        fig.axes[0].set_title(f"layer {layer}, head {head}")
        return fig
    if kind == "model":
        layers, heads = seen.weights.shape[:2]
        fig, axes = plt.subplots(layers, heads, figsize=(1.5 * heads, 1.5 * layers), squeeze=False)
        for i in range(layers):
            for j in range(heads):
                axes[i, j].imshow(seen.weights[i, j].tolist(), vmin=0, vmax=1)
                axes[i, j].set(xticks=[], yticks=[])
                axes[i, j].set_title(f"layer {i}, head {j}", fontsize=9)
        return fig
    fig, (top, bottom) = plt.subplots(2, 1, figsize=(8, 4.2), height_ratios=[1.1, 1])
    q, k = seen.queries[layer, head, query], seen.keys[layer, head, key]
    rows = [q / q.abs().max(), k / k.abs().max(), q * k / (q * k).abs().max()]
    top.imshow([r.tolist() for r in rows], cmap="RdBu", vmin=-1, vmax=1, aspect="auto")
    top.set_yticks(range(3), [f'query of "{seen.tokens[query]}"', f'key of "{seen.tokens[key]}"', "product"])
    top.set(xlabel=f"the {len(q)} numbers of layer {layer}, head {head}, each row scaled (blue +, red −)")
    top.grid(visible=False)
    seen_from = range(query + 1) if seen.causal else range(len(seen.tokens))
    bottom.bar(list(seen_from), seen.weights[layer, head, query, list(seen_from)].tolist(), color=style.PALETTE["blue"])
    bottom.set_xticks(list(seen_from), [seen.tokens[i] for i in seen_from], rotation=60, ha="right")
    bottom.set(ylabel="weight", ylim=(0, 1))
    return fig


# bertviz's page -------------------------------------------------------------------------------------------------------
def page(seen, kind: str, layer: int, head: int) -> str:
    """A whole HTML page with one of bertviz's views that fetches nothing. Raises RuntimeError when bertviz changed."""
    body = _bertviz(seen, kind, layer, head)
    found = TAG.findall(body)
    if len(found) != 1:
        raise RuntimeError(
            f"bertviz returned {len(found)} tags that load require.js where one was expected; this "
            f"version of it cannot be shown offline. Version 1.4 can."
        )
    made = re.search(r"bertviz-[0-9a-f]{32}", body).group()
    name = "bertviz-" + hashlib.sha256(body.replace(made, "").encode()).hexdigest()[:32]
    body = body.replace(made, name).replace("\\ue000", "\\u003c").replace(LESS, "&lt;")
    layers, heads = seen.weights.shape[:2]
    if kind == "model":  # few heads would make huge pictures: draw them as large as ten heads would be
        body = body.replace(f'"total_heads": {heads}', f'"total_heads": {max(10, heads)}')
    head_scripts = "".join(f"<script>{_closed(code)}</script>" for code in (*_libraries(), SHIM))
    keys = KEYS.replace("KIND", kind).replace("HEADS", str(heads)).replace("WEIGHTS", _heard(seen))
    body = body.replace(found[0], head_scripts)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>bertviz</title><style>{STYLE}</style>'
        f"</head><body>{body}<script>{keys}</script></body></html>"
    )


def _bertviz(seen, kind: str, layer: int, head: int) -> str:
    import bertviz
    from bertviz import neuron_view

    tokens = [t.replace("<", LESS) for t in seen.tokens]
    weights = [_rounded(w, 4)[None] for w in seen.weights]
    if kind == "head":
        return bertviz.head_view(weights, tokens, layer=layer, heads=[head], html_action="return").data
    if kind == "model":
        return bertviz.model_view(weights, tokens, display_mode="light", html_action="return").data
    layers = [
        {"attn": w, "queries": _rounded(q, 3)[None], "keys": _rounded(k, 3)[None]}
        for w, q, k in zip(weights, seen.queries, seen.keys, strict=True)
    ]
    # bertviz's neuron view wants its own model classes; a stand-in with the model's real numbers serves every model
    inner = tokens if seen.causal else tokens[1:-1]
    model = type("StandIn", (), {"eval": lambda self: self, "__call__": lambda self, ids: (layers,)})()
    tokenizer = SimpleNamespace(
        tokenize=lambda text: inner,
        convert_tokens_to_ids=lambda t: [0] * len(t),
        cls_token=tokens[0],
        sep_token=tokens[-1],
    )
    return neuron_view.show(
        model,
        "gpt2" if seen.causal else "bert",
        tokenizer,
        " ".join(inner),
        layer=layer,
        head=head,
        display_mode="light",
        html_action="return",
    ).data


def _heard(seen) -> str:
    """What a screen reader says of the weights, as JSON: for each layer and head the strongest pair, and for each token
    the three that it looks at most and the one that looks at it most."""
    words = [token.replace("<", "").replace(">", "") for token in seen.tokens]

    def pair(at: int, weight) -> str:
        return f"{words[at]} {float(weight):.2f}"

    layers = []
    for heads in seen.weights:
        rows = []
        for weights in heads:
            query, key = strongest(weights)
            top = weights.topk(min(3, len(weights)), dim=1)
            by = weights.max(0)
            rows.append(
                {
                    "pair": f"{words[query]} looks at {pair(key, weights[query, key])}",
                    "at": [
                        ", ".join(pair(int(i), v) for i, v in zip(*line, strict=True) if v >= 0.05)
                        for line in zip(top.indices, top.values, strict=True)
                    ],
                    "by": [pair(int(i), v) for i, v in zip(by.indices, by.values, strict=True)],
                }
            )
        layers.append(rows)
    return json.dumps(layers).replace("</", "<\\/")


def _rounded(x, digits: int):
    """As float64, whose short decimals make a page a third as long."""
    return x.double().round(decimals=digits)


@cache
def _libraries() -> tuple[str, str]:
    import mpld3
    from xstatic.pkg import jquery

    d3 = Path(mpld3.__file__).parent / "js" / "d3.v5.min.js"
    jq = Path(jquery.BASE_DIR) / "jquery.min.js"
    for file, package in ((d3, "mpld3"), (jq, "XStatic-jQuery")):
        if not file.is_file():
            raise RuntimeError(
                f"{file.name} is not in the package {package} any more; install mpld3 0.5 and "
                f"XStatic-jQuery 3, as pyproject.toml names them."
            )
    return d3.read_text(encoding="utf-8"), jq.read_text(encoding="utf-8")


def _closed(code: str) -> str:
    return code.replace("</script", "<\\/script")


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;")


def _height(seen, kind: str) -> int:
    """Pixels that bertviz needs for so many tokens, layers and heads."""
    layers, heads, tokens = seen.weights.shape[:3]
    if kind == "head":
        return round(22.5 * tokens + 106)
    if kind == "neuron":
        return 26 * tokens + 186
    thumbnail = 84 / max(10, heads) * tokens + 10
    return round(min(900, max(layers * thumbnail + 45, 18 * tokens + 60) + 66))


STYLE = """body{margin:8px;color:black;background:white}select{font-size:15px}
[tabindex]:focus,select:focus{outline:3px solid #0072B2;outline-offset:1px}"""

SHIM = """var require = {config: function () {}}, define;
function requirejs(names, run) {
  run.apply(window, names.map(function (name) { return {jquery: window.jQuery, d3: window.d3}[name]; }));
}
require = Object.assign(function (names, run) { requirejs(names, run); }, require);"""

KEYS = """(function () {
  function say(type, node, related) {
    node.dispatchEvent(new MouseEvent(type, {bubbles: true, view: window, relatedTarget: related || null}));
  }
  var weights = WEIGHTS;
  function menu(id) { var found = document.getElementById(id); return found ? Number(found.value) : 0; }
  function told(node) {  // of a token: what it looks at, or what looks at it
    var of = Array.from(node.parentNode.children).filter(function (c) { return c.tagName === node.tagName; });
    var at = of.indexOf(node) % weights[0][0].at.length, heads = weights[menu("layer")] || weights[0];
    if ("KIND" === "neuron") return "looks at " + heads[menu("att_head")].at[at];
    var right = node.closest("#right");
    return (right ? "looked at by " : "looks at ") + heads.map(function (head, h) {
      return "head " + h + ": " + (right ? head.by[at] : head.at[at].split(", ")[0]);
    }).join("; ");
  }
  function name(node, clicks, number) {
    if (!clicks) return "Token " + node.textContent + " " + told(node);
    if ("KIND" === "head") return "Head " + number + ": show or hide; d shows it alone";
    var layer = Math.floor(number / HEADS), head = number % HEADS;
    if ("KIND" === "model") return "Layer " + layer + ", head " + head + ": enlarge; " + weights[layer][head].pair;
    return "Show or hide the numbers of queries and keys";
  }
  function fit() {  // a drawing wider than the frame: smaller, and beyond that with a scroll bar
    document.querySelectorAll("#vis svg").forEach(function (svg) {
      var box = svg.getBBox(), wide = Math.ceil(box.x + box.width + 12);
      if (svg.style.minWidth !== wide + "px") svg.style.minWidth = wide + "px";
      var scale = Math.max(0.75, Math.min(1, (window.innerWidth - 16) / wide));
      if (document.body.style.zoom !== String(scale)) document.body.style.zoom = String(scale);
    });
  }
  function visible(node) { return getComputedStyle(node).visibility !== "hidden"; }
  function alike(node) {
    var name = node.getAttribute("aria-label");
    return Array.from(document.querySelectorAll("#vis [tabindex]")).filter(function (other) {
      return other.getAttribute("aria-label") === name;
    });
  }
  function follow(node) {  // when a click swaps one drawing for another, the focus goes to the same thing there
    if (visible(node)) return;
    var all = alike(node), half = all.length / 2, at = all.indexOf(node);
    all[(at + half) % all.length].focus();
  }
  function reach() {
    var number = 0;
    document.querySelectorAll("#vis *").forEach(function (node) {
      var types = (node.__on || []).map(function (on) { return on.type; });
      var clicks = types.indexOf("click") >= 0;
      if (!clicks && types.indexOf("mouseover") < 0) return;
      var mine = clicks ? number++ : 0;
      if (node.hasAttribute("tabindex")) return;
      node.setAttribute("tabindex", "0");
      node.setAttribute("role", clicks ? "button" : "group");  // a token only shows; squares inside it are clicked
      node.setAttribute("aria-label", name(node, clicks, mine));
      if (!clicks) document.addEventListener("change", function () {  // another layer or head, other weights
        setTimeout(function () { if (node.isConnected) node.setAttribute("aria-label", name(node, false, mine)); });
      });
      node.addEventListener("focus", function () { say("mouseover", node); });
      node.addEventListener("blur", function () { say("mouseout", node, document.body); });
      node.addEventListener("keydown", function (event) {
        event.stopPropagation();  // a square inside a token's group is not the token
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); say("click", node); follow(node); }
        if (event.key === "d") say("dblclick", node);
      });
    });
    document.querySelectorAll("select").forEach(function (menu) {
      menu.setAttribute("aria-label", menu.id === "layer" ? "Layer" : menu.id === "att_head" ? "Head" : "Attention");
    });
  }
  reach();
  fit();
  window.addEventListener("resize", fit);
  document.querySelectorAll("#vis").forEach(function (vis) {
    new MutationObserver(function () { reach(); fit(); }).observe(vis, {childList: true, subtree: true});
  });
})();"""
