"""What pointing teaches: twins that differ in one term of the loss."""

import torch

from fmcourse.models.catalogue import load
from fmcourse.scenes.questions import KINDS
from fmcourse.studies import pointing


def test_twins_begin_alike_with_the_captioners_eyes_and_read_the_same():
    told, silent = (pointing.learned(weight, 5, 1, rows=8) for weight in (3.0, 0.0))
    assert told[1][0] > silent[1][0] + 1, "the first loss differs by what pointing costs"
    captioner = load("scene-captioner", device="cpu").model
    for network, _ in (told, silent):  # one step at a rising rate moves little
        for name, there in captioner.vit.state_dict().items():
            assert torch.allclose(network.vit.state_dict()[name], there, atol=0.02), name
    again = pointing.learned(3.0, 5, 1, rows=8)
    assert again[1] == told[1]


def test_a_row_counts_each_kind():
    row = pointing.row(3.0, 5, 1, questions=10)
    assert set(KINDS) < set(row) and row["n"] == 2 and all(0 <= row[kind] <= 2 for kind in KINDS)
