"""Which packages each environment of `.ci/full` gets; printed as pip reads it by `python -m tests.full.environments`.

    python -m tests.full.environments lowest            every direct dependency at its lower bound
    python -m tests.full.environments newest            the same packages, with no bound but those of the course
    python -m tests.full.environments colab             what stands ready on Google Colab
    python -m tests.full.environments binder            what environment.yml asks for, from pip in place of conda
    python -m tests.full.environments torch ENV FOLDER  how to install that environment's torch, if a build without CUDA
                                                        can be had for the virtual environment in FOLDER; or nothing
    python -m tests.full.environments replaced A B      what `pip freeze` says otherwise in file B than in file A
    python -m tests.full.environments added A           the packages on standard input that file A does not have

Needs nothing but Python 3.11, because it runs before anything is installed.

What this leaves out: packages that ours need. They are the newest that pip finds beside ours, in all environments.
"""

import os
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = ("lab", "align", "agents")  # notebook 12 is compared with trl, 13 with mcp
COLAB = dict(
    line.split("==")
    for line in Path(__file__).with_name("colab.txt").read_text(encoding="utf-8").split("\n")
    if line and not line.startswith("#")
)
# On Colab a kernel has these open before a learner's first cell runs: replaced on disk, they ask for a restart.
NOT_REPLACED = {"torch", "transformers", "numpy", "ipywidgets", "ipython", "matplotlib", "scikit-learn"}


def direct(project: dict) -> list[str]:
    """The direct dependencies of the course, those of `EXTRAS` among them."""
    extras = project["optional-dependencies"]
    return project["dependencies"] + [line for extra in EXTRAS for line in extras[extra]]


def lowest(requirement: str) -> str:
    """One dependency at its lower bound.

    >>> lowest("torch>=2.11"), lowest("jupyterlab>=4.4,<5")
    ('torch==2.11', 'jupyterlab==4.4')
    """
    name, version = re.match(r"([\w.-]+)>=([\w.]+)", requirement).groups()
    return f"{name}=={version}"


def pins(environment: str) -> list[str]:
    """The lines that pip is given for one environment."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if environment == "binder":
        bounds = re.search(r"- pytorch-cpu(\S+)", (ROOT / "environment.yml").read_text(encoding="utf-8"))[1]
        lines = project["dependencies"] + project["optional-dependencies"]["lab"]
        return [f"torch{bounds}" if re.match(r"torch\b(?!vision)", line) else line for line in lines]
    if environment == "colab":
        return [f"{name}=={version}" for name, version in COLAB.items()]
    return [lowest(line) if environment == "lowest" else line for line in direct(project)]


def torch_without_cuda(environment: str, folder: str) -> list[str]:
    """The words after `pip install` that bring torch without CUDA; start.py knows where from, and whether to ask."""
    sys.path.insert(0, str(ROOT))
    import start

    start.VENV = Path(folder)
    if not start.wants_cpu_index(os.environ):
        return []
    torch = next(line for line in pins(environment) if re.match(r"torch\b(?!vision)", line))
    return ["--no-deps", "--index-url", start.CPU_INDEX, torch]


def frozen(text: str) -> dict[str, str]:
    """What `pip freeze` printed: package, as pip compares names, -> version or place.

    >>> frozen("Scikit_Learn==1.6.1\\nfmcourse @ file:///here\\n")
    {'scikit-learn': '1.6.1', 'fmcourse': 'file:///here'}
    """
    found = {}
    for line in text.splitlines():
        if match := re.match(r"([\w.-]+)(?:==| @ )(\S+)", line):
            found[re.sub(r"[-_.]+", "-", match[1]).lower()] = match[2]
    return found


def replaced(before: str, after: str) -> list[str]:
    """Every package that was there and is not the same any more, a sentence each.

    >>> replaced("torch==2.11.0\\nrich==13.9.4", "torch==2.12.1\\nrich==13.9.4\\ntyper==0.24.1")
    ['torch 2.11.0 was replaced by 2.12.1']
    """
    new = frozen(after)
    return [
        f"{name} {version} was replaced by {new.get(name, 'nothing')}"
        for name, version in frozen(before).items()
        if new.get(name) != version
    ]


def main(word: str, *more: str) -> int:
    if word == "torch":
        print(*torch_without_cuda(*more))
        return 0
    if word == "added":
        before = frozen(Path(*more).read_text(encoding="utf-8"))
        for name in frozen(sys.stdin.read()):
            if name not in before:
                print(name)
        return 0
    if word == "replaced":
        before, after = (Path(path).read_text(encoding="utf-8") for path in more)
        sentences = replaced(before, after)
        print("\n".join(sentences) or "nothing was replaced")
        return 1 if sentences else 0
    print("\n".join(pins(word)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
