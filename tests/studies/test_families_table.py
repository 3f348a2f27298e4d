"""The table of the four families: means of seeds, beyond what perfect draws have."""

import numpy as np

from fmcourse.generation.pictures import draw_pictures
from fmcourse.studies.families_table import COLUMNS, COSTS, LINES, MEASURES, ahead, captions, furthest, table


def row(what, family, legal):
    return {
        "what": what,
        "family": family,
        "legal": legal,
        "distance": {"shape": 0.2, "joint": 0.5},
        "noise": {"shape": 0.05, "joint": 0.4},
        "coverage": 0.4,
        "coverage_perfect": 0.8 if legal else 0.0,  # of no legal drawings nothing can be expected
        "new_picture": 0.25,
        "nearer": 0.75,
        "withheld": 0.0,
        "operations": 3e9,
        "pictures_a_second": 20.4,
        "seconds": 251.0,
    }


def test_each_line_is_the_mean_of_its_rows():
    rows = [row(what, family, legal) for what, family in LINES.values() for legal in (1.0, 0.0)]
    rows.append(row("collapse", "GAN", 0.3))  # no line of the table
    head, *lines = table(rows).split("\n")
    assert head.split() == " ".join([*COLUMNS, *COSTS]).split() and [line[:20].strip() for line in lines] == list(LINES)
    assert {line[20:74] for line in lines} == {"".join(f"{x:9.2f}" for x in (0.5, 0.1, 0.25, 0.25, 0.75, 0))}
    assert [line[74:].split() for line in lines] == [[]] + 4 * [["3,000", "20", "251"]] + 4 * [[]]


def test_few_legal_drawings_say_nothing_about_the_rest():
    for legal, dashes in ((0.04, 4), (0.06, 0)):
        lines = table([row(what, family, legal) for what, family in LINES.values()]).split("\n")[1:]
        assert {line[20:74].split().count("-") for line in lines} == {dashes}, legal


def test_ahead_is_who_beats_the_other_with_the_worst_seed():
    low, high, both = ([row("equal time", "GAN", x) for x in found] for found in ((0.1, 0.2), (0.3, 0.4), (0.15, 0.5)))
    assert ahead(high, low, "legal") and not ahead(low, high, "legal") and not ahead(both, low, "legal")
    assert not any(ahead(high, low, what) or ahead(high, high, what) for what in MEASURES if what != "legal")


def test_nobody_is_ahead_by_blobs_or_by_a_hair():
    drawn, blobs = row("equal time", "diffusion", 0.5), row("equal time", "GAN", 0.01) | {"nearer": 0.5}
    assert not ahead([blobs], [drawn], "not nearer") and ahead([drawn | {"nearer": 0.6}], [drawn], "not nearer")
    assert not ahead([drawn | {"nearer": 0.3}], [drawn | {"nearer": 0.5}], "not nearer")
    assert not ahead([drawn | {"operations": 2.9e9}], [drawn], "cheap")
    assert ahead([blobs | {"operations": 2e9}], [drawn], "cheap")


def test_the_attribute_furthest_from_the_truth():
    assert np.isclose(furthest(row("rival", "fresh", 1.0)), 0.15)


def test_what_a_picture_shows_in_words():
    pictures = draw_pictures(2, "captions")
    drawn = np.concatenate([pictures.images, np.zeros((1, 16, 16, 3), np.float32)])
    shape, colour, size, _ = pictures.shown[0]
    said = captions(drawn)
    assert said[0] == f"{size} {colour}\n{shape}" and said[2] == "not legal"
