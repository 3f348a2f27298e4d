"""The record of four families: what is planned follows from the clock, and each row holds its settings."""

from fmcourse.experiments import families as experiment
from fmcourse.studies.families import SEEDS, SHORT

CLOCKS = [
    {"what": "clock", "family": family, "before": before, "each": each}
    for family, before, each in (("autoregressive", 4, 0.1), ("VAE", 0, 0.05), ("GAN", 0, 0.1), ("diffusion", 0, 0.15))
]


def test_all_have_the_same_time_and_the_controls_stand_beside():
    planned = list(experiment.plan(CLOCKS))
    equal = [p for p in planned if p["what"] == "equal time"]
    assert len(equal) == 4 * len(SEEDS)
    assert {p["family"]: p["steps"] for p in equal} == {
        "autoregressive": 2960,
        "VAE": 6000,
        "GAN": 3000,
        "diffusion": 2000,
    }
    for p in planned:
        if p["what"] == "collapse":
            assert {"what": "equal time", "family": "GAN", "seed": p["seed"], "steps": p["steps"]} in equal
    assert len({str(p) for p in planned}) == len(planned)
    assert [p["what"] for p in planned[:8]] == ["short", "clock"] * 4  # what the rest follows from comes first


def test_a_row_holds_its_settings_and_comes_out_again():
    settings = {"what": "short", "family": "VAE", "seed": 0, "steps": 2, "pictures": 60}
    row, again = experiment.make(**settings), experiment.make(**settings)
    assert settings.items() <= row.items() and row["n"] == 100 and set(row["rate"]) == {"training", "fresh"}
    clocks = ("seconds", "pictures_a_second")
    assert {k: v for k, v in row.items() if k not in clocks} == {k: v for k, v in again.items() if k not in clocks}
    assert set(SHORT) == {"autoregressive", "VAE", "GAN", "diffusion"}
