"""Names are loaded when they are first touched; an unknown one is answered with what there is."""

import subprocess
import sys

import pytest

from fmcourse.lazy import lazy


def test_nothing_heavy_is_loaded_until_it_is_touched():
    code = (
        "import sys, fmcourse, fmcourse.models, fmcourse.training, fmcourse.prompting\n"
        "import fmcourse.views, fmcourse.classroom\n"
        "heavy = {'torch', 'transformers', 'matplotlib', 'numpy', 'accelerate'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "fmcourse.models.encode_document\n"
        "assert 'torch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("package", ["", ".models", ".training", ".prompting", ".views", ".classroom"])
def test_an_unknown_name_lists_what_there_is(package):
    module = sys.modules.get(f"fmcourse{package}") or __import__(f"fmcourse{package}", fromlist=["x"])
    with pytest.raises(AttributeError, match="no attribute 'nonsense'; it has .*" + module.__all__[0]):
        _ = module.nonsense
    assert dir(module) == sorted(module.__all__)


def test_a_module_that_lacks_something_says_what_it_lacks(tmp_path, monkeypatch):
    """Not that the module is missing: that would send the reader the wrong way."""
    package = tmp_path / "lazily"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "whole.py").write_text("answer = 42\n")
    (package / "broken.py").write_text("import no_such_package\n")
    monkeypatch.syspath_prepend(tmp_path)
    get, _, known = lazy("lazily", {"answer": "whole"}, modules=("*",))
    assert get("answer") == get("whole").answer == 42 and known == ["answer"]
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        get("broken")
    with pytest.raises(AttributeError, match="'lazily' has no attribute 'missing'; it has answer"):
        get("missing")
