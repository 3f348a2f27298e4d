"""The race: seconds until a small model has learned the task, with the course's loop and with `transformers.Trainer`.

Both sides get the same model, the same batches in memory, the same warm-up and the same straight fall of the learning
rate. The clock stands still while the model is measured, and it counts neither data nor set-up, on either side.

But: both clocks are read after each measurement, every `every` steps, so a time is exact to that many steps only.
"""

import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import task
from benchmarks.task import Score

WARMUP = 10
Rates = tuple[float, ...]  # ours: (Muon's, AdamW's for the rest); Trainer: (AdamW's,)


class Stop(Exception):
    """The target is reached, or the time is up."""


@dataclass
class Run:
    """One training: `seconds` and `cpu_seconds` until the target was reached, or until the end when it was not.

    `steps` is the length that the learning rate's fall was planned for, `step` the one reached.
    """

    side: str
    seed: int
    steps: int
    rates: Rates
    reached: bool = False
    step: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    tokens: int = 0
    score: Score = Score(0.0, 0.0)


class Clock:
    """Counts the seconds of training, wall and processor, and stands still while the model is measured.

    `limit` is the processor time after which a run is given up.
    """

    def __init__(self, run: Run, net, every: int, limit: float):
        self.run, self.net, self.every, self.limit = run, net, every, limit
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def start(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def after(self, step: int, tokens: int) -> None:
        """After step number `step` (from 1): measure when it is time. Raises `Stop`."""
        self.run.tokens += tokens
        if step % self.every and step != self.run.steps:
            return
        self.run.seconds += time.perf_counter() - self.wall
        self.run.cpu_seconds += time.process_time() - self.cpu
        self.run.step, self.run.score = step, task.score(self.net)
        self.run.reached = self.run.score.reached
        if self.run.reached or self.run.cpu_seconds > self.limit:
            raise Stop
        self.start()


def ours(seed: int, steps: int, rates: Rates, batches: list, every: int, limit: float = math.inf) -> Run:
    """`fmcourse.training.fit`: Muon for the matrices inside the layers, AdamW for the rest."""
    from fmcourse.training.fit import Recipe, fit

    run, net = Run("ours", seed, steps, rates), task.model(seed)
    counts = [int((b["labels"] != -100).sum()) for b in batches]
    clock = Clock(run, net, every, limit)
    recipe = Recipe(steps=steps, lr=rates[0], lr_adam=rates[1], warmup=WARMUP, seed=seed)

    def batch(step: int):
        if step == 0:
            clock.start()
        return batches[step]

    try:
        fit(net, batch, recipe, progress=False, on_step=lambda step, loss: clock.after(step + 1, counts[step]))
    except Stop:
        pass
    return run


def trainer(seed: int, steps: int, rates: Rates, batches: list, every: int, limit: float = math.inf) -> Run:
    """`transformers.Trainer` with its AdamW, fused as by default; everything that only writes is switched off."""
    from transformers import Trainer, TrainerCallback, TrainingArguments

    run, net = Run("Trainer, AdamW", seed, steps, rates), task.model(seed)
    counts = sum(int((b["labels"] != -100).sum()) for b in batches[:steps]) / steps
    clock = Clock(run, net, every, limit)

    class Watch(TrainerCallback):
        def on_step_begin(self, args, state, control, **kwargs):
            if state.global_step == 0:
                clock.start()

        def on_step_end(self, args, state, control, **kwargs):
            clock.after(state.global_step, round(counts))

    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder, max_steps=steps, learning_rate=rates[0], lr_scheduler_type="linear", warmup_steps=WARMUP, seed=seed,
            per_device_train_batch_size=1, adam_beta2=0.98, weight_decay=0.0, use_cpu=True, report_to=[],
            disable_tqdm=True, logging_strategy="no", save_strategy="no", remove_unused_columns=False,
            dataloader_pin_memory=False,
        )  # fmt: skip
        made = Trainer(
            net, arguments, train_dataset=batches[:steps], data_collator=lambda items: items[0], callbacks=[Watch()]
        )
        try:
            made.train()
        except Stop:
            pass
    return run


SIDES: dict[str, Callable] = {"ours": ours, "Trainer, AdamW": trainer}
