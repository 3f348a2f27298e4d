"""Every stored notebook is what a compared notebook must be. Their cells run as tests of their own, by nbval."""

import warnings

import pytest

from fmcourse.authoring import guard
from fmcourse.paths import notebooks_dir
from tests.harness.plugin import ROOT

NOTEBOOKS = guard.read_folder(notebooks_dir())


def test_the_guard_finds_no_fault():
    assert guard.inspect_folder(notebooks_dir()) == []


@pytest.mark.parametrize("path", [path for path, _ in NOTEBOOKS], ids=lambda path: path.stem)
def test_nbval_is_on_for_every_notebook(path, request):
    """The options that make nbval strict come from pyproject.toml; without them no cell would be compared."""
    option = request.config.option
    assert path.is_relative_to(ROOT / "notebooks")
    assert option.nbval and not option.nbval_lax and option.nbval_cell_timeout <= 300


def test_advice_is_heard():
    for path, nb in NOTEBOOKS:
        for sentence in guard.advice(nb, path.name):
            warnings.warn(sentence, stacklevel=1)
