"""The model card of a shipped model: recipe, results and limits, written from what was measured and never by hand."""

TEMPLATE = """\
---
license: apache-2.0
language: en
library_name: transformers
---

# {name}

This is {title}: {parameters:,} parameters, trained on nothing but the course's small world.

## Recipe

`fmcourse pretrain {name}`: {tokens:,} predicted tokens, {minutes:.0f} minutes with {threads} thread(s), seed {seed}.
{stages}
Python {python}, torch {torch}. The weights are stored in float16 and were measured as stored.

## Results

Documents come from a seed that no training step uses. Of kinds with few texts many were read before all the same:
`data/models/README.md` says how many. What is withheld is described in `data/world/README.md`.

| what | measured | n |
| --- | --- | --- |
{rows}

## Limits

It knows the small world and nothing else; outside the formats of that world its answers mean nothing. People, moons,
films, firms and drugs are invented. It states falsehoods about unknown names with confidence: notebook 00 shows this.
"""


def rows(results: dict, prefix: str = "") -> list[str]:
    """The lines of the table of results; nested results are named by their path."""
    lines = []
    for key, value in results.items():
        label = f"{prefix}{key}".replace("_", " ")
        if isinstance(value, dict) and "share" in value:
            interval = f"95 % interval {value['low']:.3f} to {value['high']:.3f}"
            best = f" (best possible reader {value['best']:.3f})" if "best" in value else ""
            lines.append(f"| {label} | {value['share']:.3f}, {interval}{best} | {value['n']} |")
        elif isinstance(value, dict) and isinstance(value.get("excess"), float):
            measured = f"{value['excess']:.4f} ± {value['error']:.4f}"
            lines.append(f"| {label}: nats per token over the floor | {measured} | {value['n']} |")
        elif isinstance(value, dict):
            lines += rows(value, f"{prefix}{key}, ")
        else:
            lines.append(f"| {label} | {value:.4f} | |" if isinstance(value, float) else f"| {label} | {value} | |")
    return lines


def card_text(card: dict, spec: str) -> str:
    """The card in Markdown, with the header that the Hub reads; `spec` says in words what the model is."""
    stages = [
        f"Stage {i}: {stage['steps']:,} steps; Muon (rate {stage['lr']}) for the matrices inside the layers, "
        f"AdamW (rate {stage['lr_adam']}) for the rest, both lowered in a straight line to zero."
        for i, stage in enumerate(card["stages"], start=1)
    ]
    return TEMPLATE.format(
        title=spec,
        minutes=card["seconds"] / 60,
        rows="\n".join(rows(card["results"])),
        stages="\n".join(stages),
        **{key: card[key] for key in ("name", "parameters", "tokens", "threads", "python", "torch", "seed")},
    )
