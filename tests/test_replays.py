"""One cheap row of every record is made again, and lies within the tolerance that its experiment states."""

import pytest

from fmcourse.experiments import runner


@pytest.mark.slow
@pytest.mark.parametrize("name", runner.names())
def test_one_row_comes_out_again(name):
    assert runner.differences(name) == []
