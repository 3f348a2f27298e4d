"""A scene model's card: what it is, how it was made, what was measured, and its limits.

But: what is measured stands in `drawing_results.py` and `vision_results.py`.
"""

from typing import Any


def row(count: tuple[float, int], legal: float | None = None, **beside: tuple[float, int]) -> dict[str, Any]:
    """A count (right, n) as a share with its interval, the shares of rivals beside it, and what is `legal`."""
    from fmcourse.prompting import interval

    right, n = count
    low, high = interval(round(right), n)
    found: dict[str, Any] = {"right": right / n, "low": low, "high": high, "n": n}
    if legal is not None:
        found["legal"] = legal
    if beside:
        found["beside"] = {name.replace("_", " "): r / m for name, (r, m) in beside.items()}
    return found


def card_text(card: dict[str, Any], title: str, note: str) -> str:
    """The card in Markdown. `title` says what the model does, `note` how the table is read."""
    recipe = card["recipe"]
    lines = [
        f"# {card['name']}",
        "",
        f"A small model that {title}. {card['parameters']:,} parameters, stored in float16.",
        "",
        f"It was made by `fmcourse pretrain {card['name']}` from scenes of this course alone, in "
        f"{card['seconds'] / 60:.0f} minutes with {card['threads']} threads: {recipe['steps']:,} steps of "
        f"{recipe['rows']} examples, seed {recipe['seed']}.",
        "",
        "| what | share (95 % interval) | beside it | n |",
        "| --- | --- | --- | --- |",
        *(_line(what, found) for what, found in card["results"].items()),
        "",
        note,
        "",
        *(line for run in card.get("earlier", []) for line in _earlier(run, card)),
        "Limits: it knows the closed language of its scenes and nothing beside it.",
        "",
    ]
    return "\n".join(lines)


def _earlier(run: dict[str, Any], card: dict[str, Any]) -> list[str]:
    """What an earlier run of another recipe measured."""
    now = card["recipe"]
    other = {key: run["recipe"].get(key) for key in now if run["recipe"].get(key) != now[key]}
    was = ", ".join(f"{key} {'none' if value is None else value}" for key, value in other.items())
    told = "; ".join(f"{what} {found['right']:.3f}" for what, found in run["results"].items() if "right" in found)
    return [f"An earlier run ({was}) measured: {told}.", ""]


def _line(what: str, found: dict[str, Any]) -> str:
    if "value" in found:
        return f"| {what} | {found['value']:.3f} ± {found['error']:.3f} | | {found['n']} |"
    others = ({"legal": found["legal"]} if "legal" in found else {}) | found.get("beside", {})
    beside = found.get("which") or ", ".join(f"{name} {share:.3f}" for name, share in others.items())
    return f"| {what} | {found['right']:.3f} ({found['low']:.3f} to {found['high']:.3f}) | {beside} | {found['n']} |"
