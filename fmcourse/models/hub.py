"""`fetch`: a model's files from the Hugging Face Hub, kept in its cache; `main`: whether that works from here.

Only the configuration, safetensors, tokenizer and card are fetched, never pickles or code. Weights are compared with
the SHA-256 that the Hub names, also when they come from the cache, so that damage is noticed before a model is used. A
connection that breaks is taken up again by the Hub's own client, at its last ten megabytes, and complete files stay.
But: when Python itself ends in the middle of a file, that file begins anew.
"""

import contextlib
import difflib
import errno
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fmcourse import proxies
from fmcourse.models.files import PICKLED, SHIPPED, ModelProblem, refusal, sha256

FILES = ["config.json", "generation_config.json", "*.safetensors", "*.safetensors.index.json", "README.md"]
FILES += ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json"]
FILES += [
    "vocab.txt",
    "merges.txt",
    "spiece.model",
    "*tokenizer*.model",
    "sentencepiece.bpe.model",
    "chat_template.jinja",
]
WELL_KNOWN = ["openai-community/gpt2", "distilbert/distilgpt2", "google-bert/bert-base-uncased", "google-t5/t5-small"]
WELL_KNOWN += ["distilbert/distilbert-base-uncased", "FacebookAI/roberta-base", "facebook/bart-base"]
SECONDS = 9.0  # `fmcourse hub-check` answers within ten


class Unreachable(ModelProblem):
    """The Hub did not answer, or nobody may ask it."""


def fetch(repo_id: str, cache_dir: str | os.PathLike[str] | None = None, also: Sequence[str] = ()) -> Path:
    """The folder with the files of a model on the Hub, fetched only where the cache lacks them.

    `repo_id` is "owner/name"; `also` names further files that its kind needs. Without a network, or with
    HF_HUB_OFFLINE=1, the cache is used. Raises `ModelProblem` for an unknown or pickled model, for files that are
    missing or differ from what the Hub names, and `Unreachable`, its child, when there is neither Hub nor cache.

    >>> fetch("openai-community/gpt2").name                     # doctest: +SKIP
    '607a30d783dfa663caf39e06633721c8d4cfcd7e'
    """
    import huggingface_hub as hub

    _check_name(repo_id)
    wanted: dict[str, Any] = {"allow_patterns": [*FILES, *also], "ignore_patterns": ["*/*"], "cache_dir": cache_dir}
    try:
        with _in_plain_words(repo_id):
            listed = hub.HfApi().model_info(repo_id, revision="main", files_metadata=True, timeout=10).siblings or []
            _refuse_without_weights(repo_id, [f.rfilename for f in listed])
            folder = Path(hub.snapshot_download(repo_id, **wanted, tqdm_class=_one_bar()))
    except Unreachable as unreachable:
        try:
            folder = Path(hub.snapshot_download(repo_id, **wanted, local_files_only=True))
        except hub.errors.LocalEntryNotFoundError:
            raise unreachable from None
        listed = []
        if not (folder / "config.json").is_file() or not list(folder.glob("*.safetensors")):
            raise unreachable from None
    _verify(repo_id, folder, {f.rfilename: f for f in listed})
    return folder


def _check_name(repo_id: str) -> None:
    if repo_id in SHIPPED:
        raise ModelProblem(f'{repo_id} comes with the course; leave out source="hub".')
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", str(repo_id), re.ASCII):
        raise ModelProblem(f'{repo_id!r} is no name on the Hub; write it as "owner/name", such as "{WELL_KNOWN[0]}".')


def _suggestion(repo_id: str) -> str:
    by_last = {known.split("/")[1]: known for known in WELL_KNOWN}
    near = difflib.get_close_matches(repo_id, WELL_KNOWN, n=1) or [
        by_last[last] for last in difflib.get_close_matches(repo_id.split("/")[-1], by_last, n=1, cutoff=0.7)
    ]
    if near and near[0] != repo_id:
        return f' Did you mean "{near[0]}"?'
    return "" if "/" in repo_id else f' Write it as "owner/name", such as "{WELL_KNOWN[0]}".'


def _refuse_without_weights(repo_id: str, files: list[str]) -> None:
    top = [f for f in files if "/" not in f]
    if files and not any(f.endswith(".safetensors") for f in top):
        pickled = [f for f in top if f.endswith(PICKLED)]
        if pickled:
            raise ModelProblem(refusal(repo_id, sorted(pickled)[0]))
        raise ModelProblem(
            f"{repo_id} has no .safetensors file, so there are no weights to load. Choose another model."
        )
    if files and "config.json" not in top:
        raise ModelProblem(f"{repo_id} has no config.json, so it is no model of transformers. Choose another model.")


@contextlib.contextmanager
def _in_plain_words(repo_id: str) -> Iterator[None]:
    """Turn what huggingface_hub raises into a `ModelProblem` of one or two sentences."""
    from huggingface_hub import constants, errors

    network = errors.HfHubHTTPError.__mro__[1]  # the HTTP library's own error: httpx in version 1, httpx2 in version 2
    nobody = f"and {repo_id} is not complete in the cache. Connect this machine, or use a shipped model: "
    nobody += f"{', '.join(SHIPPED)}."
    bad = " and ".join(proxies.unusable(os.environ))
    settings = bad or "this computer's settings"
    refused = f"the proxy in {settings} cannot be used (only http:// and https:// can), {nobody}"
    way = " and ".join(proxies.proxies(os.environ))
    try:
        yield
    except ModelProblem:
        raise
    except errors.GatedRepoError as e:
        raise ModelProblem(
            f"{repo_id} is given out only to those who accepted its terms; accept them on its page on the "
            f"Hub and log in with `hf auth login`, or choose another model."
        ) from e
    except errors.RepositoryNotFoundError as e:
        raise ModelProblem(f"the Hub knows no public model {repo_id!r}.{_suggestion(repo_id)}") from e
    except errors.RemoteEntryNotFoundError as e:
        file = str(e.response.url).split("?")[0].rpartition("/")[2]
        raise ModelProblem(
            f"{repo_id}: the Hub lists {file}, but does not have it. Try again later, or choose another model."
        ) from e
    except (errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError) as e:
        off = constants.HF_HUB_OFFLINE
        why = "HF_HUB_OFFLINE is set, so the Hub is not asked" if off else "the Hub cannot be reached"
        raise Unreachable(f"{why}, {nobody}") from e
    except errors.HfHubHTTPError as e:
        raise Unreachable(f"the Hub answered with the error {e.response.status_code}, {nobody}") from e
    except network as e:  # type: ignore[misc]  # an exception, which mypy cannot know of `__mro__`
        raise Unreachable(
            f"the Hub cannot be reached ({type(e).__name__}{f', by the proxy in {way}' if way else ''}), {nobody} "
            f"Files that are complete are kept, and the next call goes on from them."
        ) from e
    except errors.HFValidationError as e:
        raise ModelProblem(f'{repo_id!r} is no name on the Hub; write it as "owner/name".') from e
    except ValueError as e:  # a page where JSON was expected, or a proxy of an unknown kind
        page = f"what answers is not the Hub, perhaps a log-in page of this network, {nobody}"
        raise Unreachable(refused if bad else page) from e
    except OSError as e:
        if e.errno == errno.ENOSPC:
            raise ModelProblem(
                f"the disk is full: {repo_id} does not fit into {constants.HF_HUB_CACHE}. Free some "
                f"space, or set HF_HOME to another disk."
            ) from e
        if e.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
            place = e.filename or constants.HF_HUB_CACHE
            raise ModelProblem(
                f"{place} cannot be read or written ({e.strerror}), and {repo_id} is to be kept there: "
                f"set HF_HOME to a folder of yours."
            ) from e
        raise ModelProblem(
            f"{repo_id}: a file could not be fetched whole ({str(e).splitlines()[0]}) Call again to fetch it anew."
        ) from e
    except Exception as e:  # a SOCKS proxy is an ImportError, a proxy without a readable address one of its own
        if bad or "proxy" in str(e).lower():
            raise Unreachable(refused) from e
        raise


def _verify(repo_id: str, folder: Path, listed: Mapping[str, Any]) -> None:
    """Compare the files with the sizes and SHA-256 that the Hub named; a file that differs is removed from the cache.

    In the cache a file is a link to one that is named after its SHA-256, which serves when the Hub cannot be asked.
    """
    for file in sorted(p for p in folder.iterdir() if p.is_file()):
        real, known = file.resolve(), listed.get(file.name)
        lfs = getattr(known, "lfs", None)
        size = lfs.size if lfs else getattr(known, "size", None)
        named = lfs.sha256 if lfs else real.name
        if size is not None and real.stat().st_size != size:
            what = f"has {real.stat().st_size} bytes instead of {size}"
        elif re.fullmatch("[0-9a-f]{64}", named or "") and sha256(real) != named:
            what = "is damaged: its SHA-256 is not the one that the Hub names"
        else:
            continue
        file.unlink()
        real.unlink(missing_ok=True)
        raise ModelProblem(f"{repo_id}: {file.name} {what}. It was removed; call again to fetch it anew.")
    gone = [f for f in listed if "/" not in f and f.endswith(".safetensors") and not (folder / f).is_file()]
    if gone:
        raise ModelProblem(f"{repo_id}: {gone[0]} is missing from {folder}. Call again to fetch it.")


def _one_bar() -> type[Any]:
    """A class of progress bars of which one is seen, the bytes; the client would show three."""
    from tqdm.auto import tqdm

    class OneBar(tqdm):
        seen = False

        def __init__(self, *args: Any, **settings: Any) -> None:
            show = settings.get("unit") == "B" and not type(self).seen and not settings.get("disable")
            type(self).seen = type(self).seen or show
            settings.pop("name", None)
            super().__init__(
                *args, **{**settings, "disable": not show, "mininterval": 1.0, "leave": False, "position": 0}
            )

    return OneBar


def main(repo: str) -> int:
    """Say in plain sentences whether models can be loaded from the Hub from here; 0 if so, otherwise 1.

    A small model is really fetched, into a folder that is removed again, by a process of its own: a name server that
    never answers would otherwise hold this one up. Answers within ten seconds.
    """
    code = "import sys; from fmcourse.models.hub import check; sys.exit(check(*sys.argv[1:]))"
    package = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
    env = {**os.environ, "PYTHONPATH": package, "PYTHONUTF8": "1"}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            command = [sys.executable, "-c", code, repo, folder]
            done = subprocess.run(command, env=env, timeout=SECONDS, capture_output=True)
            said, works = done.stdout.decode("utf-8", "replace").strip(), done.returncode == 0
            said = said or f"The check of {repo} stopped without an answer; try again."
        except subprocess.TimeoutExpired as e:
            said, works = (e.stdout or b"").decode("utf-8", "replace"), False
            who = f"But the files of {repo} did not come" if said else "The Hub did not answer"
            said += f"{who} within {SECONDS:.0f} seconds: the network is slow, or blocks the way."
    print(said)
    if not works:
        print(f"The course itself needs no Hub: {', '.join(SHIPPED)} come with it.")
    return 0 if works else 1


def check(repo: str, folder: str) -> int:
    """Ask the Hub for `repo`, fetch it into `folder`, and print what happened: the inside of `main`."""
    from huggingface_hub import HfApi

    try:
        _check_name(repo)
        with _in_plain_words(repo):
            HfApi().model_info(repo, timeout=SECONDS)
        print(f"The Hub answers and knows {repo}.", flush=True)
        files = [p for p in fetch(repo, cache_dir=folder).iterdir() if p.is_file()]
    except ModelProblem as e:
        print(f"{str(e)[0].upper()}{str(e)[1:]}")
        return 1
    size = sum(p.stat().st_size for p in files) / 1e6
    print(f"Its {len(files)} files came ({size:.1f} MB), and the weights have the checksum that the Hub names.")
    print("Models can be loaded from the Hub from here.")
    return 0
