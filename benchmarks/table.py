"""From `build/benchmarks.json` to the tables in `README.md`; it measures nothing."""

import statistics
from pathlib import Path

BEGIN, END = "<!-- benchmarks:begin -->", "<!-- benchmarks:end -->"


def spread(values: list[float]) -> str:
    """Median and range: "8.1 (7.4 to 9.3)"."""
    return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"


def race_rows(runs: list[dict]) -> list[str]:
    """One line a side: seconds to target over the seeds, tokens per second, and the ratio to the other side."""
    sides: dict[str, list[dict]] = {}
    for run in runs:
        sides.setdefault(run["side"], []).append(run)
    lines = [
        "| trained by | reached the target | processor seconds, median (range) | wall seconds | steps | tokens per "
        "processor second |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for side, mine in sides.items():
        speed = sum(r["tokens"] for r in mine) / sum(r["cpu_seconds"] for r in mine)
        cpu, wall, steps = (spread([r[key] for r in mine]) for key in ("cpu_seconds", "seconds", "step"))
        reached = f"{sum(r['reached'] for r in mine)} of {len(mine)}"
        lines.append(f"| {side} | {reached} | {cpu} | {wall} | {steps} | {speed:,.0f} |")
    return lines


def ratios(runs: list[dict], key: str) -> list[float]:
    """For each seed, the other side's seconds over ours; a side that did not reach the target counts what it used."""
    by_seed: dict[int, dict[str, float]] = {}
    for run in runs:
        by_seed.setdefault(run["seed"], {})["ours" if run["side"] == "ours" else "theirs"] = run[key]
    return [both["theirs"] / both["ours"] for both in by_seed.values() if len(both) == 2]


def grid_rows(grid: list[dict]) -> list[str]:
    """Every setting that was tried, and which was taken."""
    lines = [
        "| trained by | rates | steps planned | processor seconds to target | taken |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    best = {side: choose(grid, side) for side in dict.fromkeys(r["side"] for r in grid)}
    for r in grid:
        seconds = f"{r['cpu_seconds']:.1f}" if r["reached"] else f"not within {r['cpu_seconds']:.1f}"
        taken = "yes" if (r["rates"], r["steps"]) == best[r["side"]] else ""
        rates = ", ".join(f"{rate:g}" for rate in r["rates"])
        lines.append(f"| {r['side']} | {rates} | {r['steps']} | {seconds} | {taken} |")
    return lines


def choose(grid: list[dict], side: str) -> tuple[list[float], int]:
    """(rates, steps) of the quickest run of a side that reached the target; of the one nearest to it when none did."""
    mine = [r for r in grid if r["side"] == side]
    reached = [r for r in mine if r["reached"]]
    if reached:
        best = min(reached, key=lambda r: r["cpu_seconds"])
    else:
        best = max(mine, key=lambda r: r["score"]["facts"] + r["score"]["recognition"])
    return best["rates"], best["steps"]


def as_markdown(found: dict) -> str:
    """All tables, with the machine they were measured on."""
    m, costs = found["machine"], found.get("costs", {})
    versions = f"{m['system']}, Python {m['python']}, torch {m['torch']}, transformers {m['transformers']}"
    out = [f"Measured on {m['date']}, threads: {found['threads']}, cores: {m['cores']}, {versions}.", ""]
    if found.get("race"):
        cpu, wall = ratios(found["race"], "cpu_seconds"), ratios(found["race"], "seconds")
        out += [*race_rows(found["race"]), ""]
        if cpu:
            out += [
                f"The other side's seconds over ours, seed by seed: {spread(cpu)} by the processor's clock, "
                f"{spread(wall)} by the wall's, n = {len(cpu)} seeds.",
                "",
            ]
    if found.get("grid"):
        out += [*grid_rows(found["grid"]), ""]
    if costs:
        out += ["| cost | measured |", "| --- | ---: |", *cost_rows(costs)]
    return "\n".join(out).rstrip()


def cost_rows(costs: dict) -> list[str]:
    """Everything else that was measured; what was not recorded says so."""
    rows = []
    if speed := costs.get("pretraining"):
        rows.append(f"| pretraining of world-gpt, tokens per second (wall) | {speed['wall']:,.0f} |")
        rows.append(f"| the same, tokens per processor second | {speed['cpu']:,.0f} |")
    rows.append(f"| `import fmcourse`, seconds | {costs['import_seconds']:.3f} |")
    if memory := costs.get("kernel_mb"):
        rows.append(f"| a fresh kernel, MB | {memory['fresh']:.0f} |")
        rows.append(f'| the kernel after `fmcourse.load("world-gpt")`, MB | {memory["after_load"]:.0f} |')
    setup = costs.get("setup_seconds")
    rows.append(f"| set-up by `start.py`, seconds | {'not recorded' if setup is None else f'{setup:.0f}'} |")
    notebooks = costs.get("notebooks")
    rows += [f"| notebook {name}, seconds | {s:.0f} |" for name, s in (notebooks or {}).items()]
    if notebooks is None:
        rows.append("| seconds per notebook | not recorded |")
    return rows


def write(found: dict, readme: Path) -> None:
    """Put the tables between the two marks. Raises `ValueError` where the marks are missing."""
    text = readme.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"{readme} needs the two marks {BEGIN} and {END}, once each.")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    readme.write_text(f"{before}{BEGIN}\n{as_markdown(found)}\n{END}{after}", encoding="utf-8")
