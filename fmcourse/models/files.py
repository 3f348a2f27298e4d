"""A model's files: which models are shipped, their checksums, and the sentences about files that cannot be used.

What this leaves out: opening them (`loading`), and fetching them (`hub`).
"""

import hashlib
from pathlib import Path

from fmcourse.paths import course_root, data_dir

SHIPPED = ("world-gpt", "world-bert", "world-t5")
PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")


class ModelProblem(ValueError):
    """A model cannot be had; the message says which, why, and what to do."""


def refusal(name: str, file: str) -> str:
    """Why a model with nothing but pickled weights is not opened."""
    return (
        f"{name} has only pickled weights ({file}), which can run any code when opened, so they are refused. "
        f"Ask for a repository or folder with model.safetensors."
    )


def restore(folder: Path, name: str) -> str:
    """One sentence on how to get a model's files back."""
    if folder.is_relative_to(data_dir()):
        if not (course_root() / ".git").exists():
            return f"Install the course again, or make them again with `fmcourse pretrain {name}`."
        again = f"or make them again with `fmcourse pretrain {name}`"
        return f"Restore them with `git checkout -- data/models/{name}`, {again}."
    if folder.parent.name == "snapshots":  # the Hub's cache, where a snapshot only points at the files
        return f"Delete {folder.parents[1]} and load it again."
    return f"Put the model into {folder} once more, with `save_pretrained` of model and tokenizer or from a copy."


def sha256(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with open(file, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def check_digests(folder: Path) -> None:
    """Compare every file of a shipped model with SHA256SUMS beside it; raise `ModelProblem` naming the first that
    differs, is missing, or is not listed.
    """
    sums, again = folder / "SHA256SUMS", restore(folder, folder.name)
    if not sums.is_file():
        raise ModelProblem(f"{folder.name} has no SHA256SUMS, so its files cannot be trusted. {again}")
    lines = sums.read_text(encoding="utf-8", errors="replace").splitlines()
    listed = {file: digest for digest, _, file in (line.partition("  ") for line in lines)}
    for file, digest in listed.items():
        if not (folder / file).is_file():
            raise ModelProblem(f"{folder.name}/{file} is missing. {again}")
        if sha256(folder / file) != digest:
            raise ModelProblem(f"{folder.name}/{file} is damaged: its SHA-256 is not the one listed. {again}")
    for file in sorted(p.name for p in folder.iterdir()):
        if file.endswith((".safetensors", ".json")) and file not in listed:
            raise ModelProblem(f"{folder.name}/{file} is not listed in SHA256SUMS, so it cannot be trusted. {again}")


def write_digests(folder: Path) -> None:
    """Write SHA256SUMS for all files of a model's folder."""
    lines = [f"{sha256(p)}  {p.name}" for p in sorted(folder.iterdir()) if p.is_file() and p.name != "SHA256SUMS"]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n")
