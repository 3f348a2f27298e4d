"""The wheel: it holds the whole course, is small, and works in an empty folder where no clone is near."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import fmcourse
from tests.full.environments import COLAB, NOT_REPLACED, pins

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LARGEST_MB = 50


def build(source: Path, out: Path) -> Path:
    """Build the wheel without the network, with the hatchling that is installed."""
    code = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    out.mkdir()
    done = subprocess.run([sys.executable, "-c", code, str(out)], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build(ROOT, tmp_path_factory.mktemp("wheel") / "out")


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A virtual environment with the wheel alone; its dependencies are those of the Python that runs the tests.

    pip would add ten seconds and nothing else: a pure wheel is installed by unpacking it.
    """
    venv = tmp_path_factory.mktemp("venv") / "v"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    packages = next(venv.glob("[Ll]ib/**/site-packages"))
    zipfile.ZipFile(wheel).extractall(packages)
    ours = {str(ROOT), ""}
    others = [path for path in sys.path if path not in ours and path.endswith(("site-packages", "dist-packages"))]
    (packages / "others.pth").write_text("\n".join(others))
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def in_empty_folder(python, folder, *words):
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "FMCOURSE_HOME", "FMCOURSE_CLAIMS")}
    command = [str(python), *map(str, words)]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120)


def test_the_wheel_holds_every_file_of_the_course(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(["git", "ls-files", "notebooks", "data"], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode or not tracked.stdout:
        pytest.skip("needs the git history to know what belongs to the course")
    wanted = {f"fmcourse/_course/{line}" for line in tracked.stdout.splitlines() if (ROOT / line).is_file()}
    wanted |= {f"fmcourse/_course/{name}" for name in ("README.md", "LICENSE", "docs/teaching.md", "docs/cluster.md")}
    assert wanted <= held, sorted(wanted - held)[:5]
    assert not [name for name in held if "checkpoint" in name or name.startswith(("tests/", "my-course/", "build/"))]


def test_what_is_not_code_travels_too(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    for path in (ROOT / "fmcourse").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert path.relative_to(ROOT).as_posix() in held


def test_the_wheel_is_small(wheel):
    assert wheel.stat().st_size / 1e6 <= LARGEST_MB


def test_the_wheel_says_its_licence_and_its_pythons(wheel):
    with zipfile.ZipFile(wheel) as pack:
        facts = pack.read(next(n for n in pack.namelist() if n.endswith("METADATA"))).decode()
        licence = pack.read(next(n for n in pack.namelist() if n.endswith("licenses/LICENSE")))
    assert licence == (ROOT / "LICENSE").read_bytes()
    assert "License-Expression: Apache-2.0" in facts and f"Version: {fmcourse.__version__}\n" in facts
    assert "Requires-Python: <3.14,>=3.11" in facts


def test_an_empty_course_and_an_unwanted_file_do_not_stop_the_build(tmp_path):
    """notebooks/ and data/ may be missing in a young clone; checkpoints and caches never travel."""
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", ".gitignore"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "fmcourse", source / "fmcourse", ignore=shutil.ignore_patterns("__pycache__"))
    assert not [n for n in zipfile.ZipFile(build(source, tmp_path / "1")).namelist() if "_course/notebooks" in n]
    for name in ("notebooks/00_a.ipynb", "notebooks/.ipynb_checkpoints/00_a.ipynb", "data/models/m/model.safetensors"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("{}")
    names = zipfile.ZipFile(build(source, tmp_path / "2")).namelist()
    held = [name for name in names if re.match("fmcourse/_course/(notebooks|data)/", name)]
    assert sorted(held) == ["fmcourse/_course/data/models/m/model.safetensors", "fmcourse/_course/notebooks/00_a.ipynb"]


def test_the_command_works_in_an_empty_folder(installed, tmp_path):
    done = in_empty_folder(installed, tmp_path, "-m", "fmcourse", "--help")
    assert done.returncode == 0 and "pretrain" in done.stdout, done.stderr
    done = in_empty_folder(installed, tmp_path, "-c", "import fmcourse.paths as p; print(p.__file__, p.course_root())")
    file, root = done.stdout.split()
    assert ROOT not in Path(file).parents and Path(root).parts[-2:] == ("fmcourse", "_course")
    assert list(tmp_path.iterdir()) == []


def test_the_wheel_alone_makes_the_learners_copy(installed, tmp_path):
    code = "from pathlib import Path; from fmcourse.app.lab import make_copy; make_copy(Path('my-course'))"
    done = in_empty_folder(installed, tmp_path, "-c", code)
    assert done.returncode == 0, done.stderr
    copied = {p.name for p in (tmp_path / "my-course" / "notebooks").glob("*.ipynb")}
    assert copied == {p.name for p in (ROOT / "notebooks").glob("*.ipynb")}
    done = in_empty_folder(installed, tmp_path, "-c", "import fmcourse.paths as p; print(p.home_dir())")
    assert Path(done.stdout.strip()) == tmp_path / "my-course" / ".fmcourse"


def test_the_script_is_the_command_line():
    module, name = PROJECT["project"]["scripts"]["fmcourse"].split(":")
    assert callable(getattr(__import__(module, fromlist=[name]), name))


def test_every_dependency_has_its_reason_beside_it():
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    named = [line for line in lines if re.match(r'    "[A-Za-z0-9-]+[<>=]', line)]
    extras = PROJECT["project"]["optional-dependencies"]
    assert len(named) == len(PROJECT["project"]["dependencies"]) + sum(map(len, extras.values()))
    assert not [line for line in named if len(line.partition("#")[2].split()) < 2]
    assert set(extras) == {"lab", "test", "align", "agents", "search", "site", "class"}


@pytest.fixture(scope="module")
def needed(wheel):
    """What the wheel asks for where no extra is named: package -> its requirement."""
    with zipfile.ZipFile(wheel) as pack:
        facts = pack.read(next(n for n in pack.namelist() if n.endswith("METADATA"))).decode()
    found = map(Requirement, re.findall(r"^Requires-Dist: (.*)$", facts, re.M))
    return {one.name.lower(): one for one in found if not one.marker}


def bounds(requirement):
    return {specifier.operator: specifier.version for specifier in requirement.specifier}


def test_the_wheel_shuts_no_newer_torch_out(needed):
    """pip would replace the torch that is there, which means gigabytes, and on Colab a restart."""
    assert bounds(needed["torch"]) == {">=": "2.11"}


def test_every_dependency_has_a_lower_bound_and_few_an_upper_one(needed):
    assert all(">=" in bounds(one) and set(bounds(one)) <= {">=", "<"} for one in needed.values())
    assert {name for name, one in needed.items() if "<" in bounds(one)} == {"transformers"}


def test_what_google_colab_brings_is_good_enough(needed):
    assert {"torch", "transformers", "numpy", "matplotlib", "scikit-learn"} <= NOT_REPLACED <= set(COLAB)
    replaced = [name for name, one in needed.items() if name in COLAB and not one.specifier.contains(COLAB[name])]
    assert replaced == []
    assert not {"ipython", "ipywidgets", "jupyterlab", "torchvision"} & set(needed)


def test_nothing_that_repo2docker_reads_comes_before_environment_yml():
    """`repo2docker --no-build --debug .` shows what it picks and what it would run."""
    assert not [name for name in ("binder", ".binder", "Dockerfile", "postBuild", "start") if (ROOT / name).exists()]


def test_binder_and_the_package_agree(needed):
    """environment.yml must install the package itself: Binder reads no other file when it is there."""
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert "-e .[lab]" in text
    torch = Requirement(re.search(r"- pytorch-cpu(\S+)", text).group(0).removeprefix("- "))
    assert bounds(torch)[">="] == bounds(needed["torch"])[">="] and "<" in bounds(torch)
    python = re.search(r"- python=([\d.]+)", text)[1]
    assert SpecifierSet(PROJECT["project"]["requires-python"]).contains(f"{python}.0")
    for extra in re.search(r"-e \.\[([\w,]+)\]", text)[1].split(","):
        assert PROJECT["project"]["optional-dependencies"][extra]
    newest = [Requirement(line) for line in pins("binder") if line.startswith("torch")]
    assert [one.specifier for one in newest] == [torch.specifier], "what .ci/full binder runs with"
    reasons = [line for line in text.splitlines() if line.strip().startswith("- ") and "#" not in line]
    assert set(map(str.strip, reasons)) <= {"- pip:", "- conda-forge"}
