"""Which package is to blame when an import fails inside a library, so that it is not told as damage to a model.

What this leaves out: mending it. Only the person at the keyboard may remove or exchange packages.
"""

import importlib.metadata
import sys
from collections.abc import Iterator

# transformers and diffusers import these where they are there; the course never needs them.
SPARE = ("torchvision", "torchaudio", "torchcodec", "tensorflow", "jax", "flax", "flash_attn", "xformers", "timm",
         "bitsandbytes", "deepspeed", "apex")  # fmt: skip
# These only pass on what one of their own imports raised; when none other is on the way, the last of them is to blame.
_BETWEEN = ("transformers", "diffusers", "accelerate", "peft", "torch")


def explained(error: BaseException) -> tuple[str, str] | None:
    """After a failed import: what is wrong, as part of a sentence, and sentences on what to do. None for other errors.

    An error came from an import when it, or what it was raised from, is an `ImportError` or passed through the body of
    a module. The package to blame is the last on its way.
    """
    chain = [error]
    while chain[-1].__cause__ is not None:
        chain.append(chain[-1].__cause__)
    bodies = [package for link in chain for package in _modules_run(link)]
    said = f"{type(chain[-1]).__name__}: {' '.join(str(chain[-1]).split())[:120]}"
    pip = f"`{sys.executable} -m pip"
    missing = getattr(chain[-1], "name", None) if isinstance(chain[-1], ModuleNotFoundError) else None
    if missing:
        package = missing.partition(".")[0]
        return f"the package {package} is missing or not whole ({said})", _again(pip, package)
    if not bodies:
        wants = isinstance(error, ImportError)  # such as "this tokenizer requires the SentencePiece library"
        return (f"a package is missing ({said})", "Install what it names, then start again.") if wants else None
    package = ([name for name in bodies if name not in _BETWEEN] or bodies)[-1]
    what = f"the package {package} cannot be imported here ({said})"
    if package in SPARE:
        return what, (f"Probably it was made for another torch than {_version('torch')}. The course does not need it: "
                      f"remove it with {pip} uninstall -y {package}`, then start again.")  # fmt: skip
    return what, _again(pip, package)


def _modules_run(error: BaseException) -> Iterator[str]:
    """The packages with a module whose body was being run when `error` passed, from the outside in."""
    trace = error.__traceback__ and error.__traceback__.tb_next  # the first frame is that of who caught it
    while trace:
        if trace.tb_frame.f_code.co_name == "<module>":
            yield trace.tb_frame.f_globals.get("__name__", "").partition(".")[0]
        trace = trace.tb_next


def _again(pip: str, package: str) -> str:
    return f"Install it again, with `python3 start.py` or {pip} install --force-reinstall {package}`."


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "the one installed"
