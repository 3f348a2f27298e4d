"""What it costs to start: import, a kernel with a model, set-up, and the notebooks; and the speed of pretraining.

Set-up and notebooks are not measured here but read from what their own commands wrote down; what was not recorded is
None.
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path

from fmcourse.paths import course_root

IMPORT = "import time; t = time.perf_counter(); import fmcourse; print(time.perf_counter() - t)"
MEMORY = "import os, psutil; print(psutil.Process(os.getpid()).memory_info().rss / 2**20)"
LOAD = "import fmcourse; fmcourse.load('world-gpt', device='cpu');"


def import_seconds(times: int = 5) -> float:
    """Median seconds of `import fmcourse`, each in a fresh Python."""
    asked = {"args": [sys.executable, "-c", IMPORT], "capture_output": True, "text": True, "cwd": course_root()}
    return statistics.median(float(subprocess.run(check=True, **asked).stdout) for _ in range(times))


def kernel_mb() -> dict[str, float] | None:
    """Resident MB of a Jupyter kernel, fresh and after `fmcourse.load("world-gpt")`; None without Jupyter."""
    try:
        from jupyter_client.manager import start_new_kernel
    except ImportError:
        return None
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(course_root()))
    try:
        return {"fresh": float(_printed(client, MEMORY)), "after_load": float(_printed(client, LOAD + MEMORY))}
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _printed(client, code: str) -> str:
    """What a kernel prints for this code. Raises `RuntimeError` when the code fails there."""
    out = []

    def hook(message):
        if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
            out.append(message["content"]["text"])

    reply = client.execute_interactive(code, output_hook=hook, timeout=300)["content"]
    if reply["status"] != "ok":
        raise RuntimeError(f"the kernel could not run {code!r}: {reply['ename']}: {reply['evalue']}.")
    return "".join(out).strip().splitlines()[-1]


def setup_seconds(venv: Path | None = None) -> float | None:
    """Seconds of the last set-up by `start.py`: from the making of `.venv` to the note, written last, that it is ready.

    None when there is none, or when the note is over an hour younger: then it was written by a later update.
    """
    venv = venv or course_root() / ".venv"
    begin, end = venv / "pyvenv.cfg", venv / "fmcourse.json"
    if not begin.is_file() or not end.is_file() or json.loads(end.read_text(encoding="utf-8")).get("stage") != "ready":
        return None
    seconds = end.stat().st_mtime - begin.stat().st_mtime
    return seconds if 0 < seconds < 3600 else None


def notebook_seconds(record: Path | None = None) -> dict | None:
    """Seconds of each notebook in the last `start.py test` or `fmcourse run`; None where there was none."""
    build = course_root() / "build"
    for file in [record] if record else [build / "test-run.json", build / "run.json"]:
        if file.is_file():
            rows = json.loads(file.read_text(encoding="utf-8"))["notebooks"]
            return {row["notebook"]: row["seconds"] for row in rows if not row["error"]}
    return None


def pretraining_speed(steps: int = 12, skip: int = 2) -> dict[str, float]:
    """Predicted tokens per second of `fmcourse pretrain world-gpt`, making its batches included.

    The first `skip` steps warm up and are not counted. `cpu` counts the processor's seconds instead of the clock's.
    """
    import time

    import torch
    from transformers import AutoTokenizer

    from fmcourse.making.pretrain import SPECS
    from fmcourse.paths import data_dir
    from fmcourse.training.fit import Recipe, fit
    from fmcourse.world import World

    spec, tokenizer = SPECS["world-gpt"], AutoTokenizer.from_pretrained(data_dir() / "models" / "world-gpt")
    torch.manual_seed(0)
    marks = []
    history = fit(
        spec.model(tokenizer), lambda step: spec.stages[0].batch(World.default(), tokenizer, 0, step),
        Recipe(steps=steps),
        progress=False, on_step=lambda step, loss: marks.append((time.perf_counter(), time.process_time())),
    )  # fmt: skip
    tokens = history.tokens[-1] - history.tokens[skip - 1]
    wall, cpu = (end - begin for begin, end in zip(marks[skip - 1], marks[-1], strict=True))
    return {"wall": tokens / wall, "cpu": tokens / cpu}
