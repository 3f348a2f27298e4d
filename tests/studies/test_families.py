"""The record of four families: what is planned follows from the clock, and each row holds its settings."""

import numpy as np

from fmcourse.experiments import families as experiment
from fmcourse.studies import families
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
        "autoregressive": 2360,
        "VAE": 4800,
        "GAN": 2400,
        "diffusion": 1600,
    }
    for p in planned:
        if p["what"] == "collapse":
            assert p | {"artist_steps": 1} in planned and p | {"artist_steps": 8} in planned
    assert len({str(p) for p in planned}) == len(planned)
    assert [p["what"] for p in planned[:8]] == ["short", "clock"] * 4  # what the rest follows from comes first


def test_a_row_holds_its_settings_and_comes_out_again():
    settings = {"what": "short", "family": "VAE", "seed": 0, "steps": 2, "pictures": 60}
    row, again = experiment.make(**settings), experiment.make(**settings)
    assert settings.items() <= row.items() and row["n"] == 100 and set(row["rate"]) == {"training", "fresh"}
    clocks = ("seconds", "pictures_a_second")
    assert {k: v for k, v in row.items() if k not in clocks} == {k: v for k, v in again.items() if k not in clocks}
    assert set(SHORT) == {"autoregressive", "VAE", "GAN", "diffusion"}


def test_pictures_come_back_from_a_record():
    pictures = families.draw_pictures(3, "record").images
    assert np.allclose(families.unpacked(families.packed(pictures)), pictures, atol=0.5 / 255 + 1e-6)


def test_rivals_are_what_they_say(monkeypatch):
    monkeypatch.setattr(families, "PICTURES", 80)
    monkeypatch.setattr(families, "JUDGED", 40)
    monkeypatch.setattr(families, "sets", lambda seed: [families.draw_pictures(80, f"{n} {seed}") for n in "ab"])
    worn, means, fresh = (families.rival(kind, 0) for kind in ("worn", "means", "fresh"))
    assert worn["nearer"] > 0.9 and worn["new_picture"] == 0 and worn["legal"] > 0.9
    assert means["legal"] < 0.2 and fresh["legal"] == 1 and 0.2 < fresh["nearer"] < 0.8
