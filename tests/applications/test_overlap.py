"""chrF against sacrebleu, where it is installed, and against what must be true of any overlap."""

import pytest

from fmcourse.applications.overlap import chrf

PAIRS = [
    ("le chat noir", "le chat noir"), ("la chatte noire", "le chat noir"),
    ("Les étoiles brillent.", "L'étoile brille."),
    ("a", "abc"), ("xyz", "abc"), ("", "abc"), ("abc", ""), ("Un chien dort.", "Des chiens noirs dorment."),
]  # fmt: skip


@pytest.mark.parametrize(("said", "reference"), PAIRS)
def test_it_equals_sacrebleu(said, reference):
    sacrebleu = pytest.importorskip("sacrebleu")
    assert chrf(said, reference) == pytest.approx(sacrebleu.sentence_chrf(said, [reference]).score, abs=1e-6)


def test_figures_of_sacrebleu_2_6():
    """The same, kept: sacrebleu 2.6.0 gave these."""
    kept = [100.0, 38.284934544, 52.2480895, 38.461538462, 0.0, 0.0, 0.0, 22.020269478]
    assert [chrf(*pair) for pair in PAIRS] == pytest.approx(kept, abs=1e-6)
