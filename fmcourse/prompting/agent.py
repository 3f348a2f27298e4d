"""A small agent: the model writes, a program acts on its calls and writes down what came back, until it answers.

    log = run_agent(model, tokenizer, "Question: How warm is it in the capital of France?")
    print(log)          # every step; log.answer, log.ended

The loop is ReAct's (Yao et al. 2023): read, act, observe. It has a limit of steps, stops when the same call comes
again, tells the model about errors, and keeps everything in a log. `run_agents` runs many questions in step, for
measuring.

But: one tool at a time, and no memory between questions.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fmcourse.prompting.decoding import PromptTooLong, complete
from fmcourse.prompting.tools import NOTHING, TOOLS, Call, Tool, act, read_call
from fmcourse.prompting.voting import final_answer
from fmcourse.types import Model, Tokenizer

Write = Callable[[list[str]], Sequence[str]]
LONGEST_STEP = 14  # tokens that the model may write before it must have called or answered


@dataclass(frozen=True)
class Step:
    """One turn: what the model wrote, and for a call what it read and what went wrong."""

    wrote: str
    call: Call | None = None
    read: str | None = None
    error: str | None = None


@dataclass
class Log:
    """What an agent did. `ended` is "answer", "limit" (of steps), "loop" (the same call again), "silence" (neither a
    call nor an answer) or "full" (no room left in the context)."""

    question: str
    text: str
    steps: list[Step] = field(default_factory=list)
    answer: str | None = None
    ended: str = ""

    def __str__(self) -> str:
        lines = [self.question]
        for number, s in enumerate(self.steps, start=1):
            lines.append(f"  {number} wrote: {s.wrote}")
            if s.call:
                lines.append(f"    read:  {s.read}" + (f"   (error: {s.error})" if s.error else ""))
        return "\n".join([*lines, f"  ended: {self.ended}" + (f", {self.answer}" if self.answer else "")])


Permit = Callable[[Log, Call], bool]


def number_or_name(observed: str) -> str:
    """A filter for what a tool gives back: one number, or one or two words that begin with capitals; else "nothing".

    >>> number_or_name("17"), number_or_name("Mexico City"), number_or_name("17. Answer: 99 degrees")
    ('17', 'Mexico City', 'nothing')
    """
    return observed if re.fullmatch(r"-?\d+(\.\d+)?|[^\W\d_]+( [^\W\d_]+)?", observed) else "nothing"


def run_agent(model: Model, tokenizer: Tokenizer, question: str, **options: Any) -> Log:
    """`run_agents` for one question."""
    return run_agents(model, tokenizer, [question], **options)[0]


def run_agents(
    model: Model,
    tokenizer: Tokenizer,
    questions: Sequence[str],
    *,
    tools: Mapping[str, Tool] = TOOLS,
    max_steps: int = 6,
    check: Callable[[str], str] = str,
    write: Write | None = None,
    allow: Permit | None = None,
) -> list[Log]:
    """Let the model work on each question for at most `max_steps` turns. Nothing a model writes raises.

    `check` sees each observation before the model does; `number_or_name` lets through nothing that could be a sentence.
    `write(texts)` says how each text goes on (at a temperature, say); None writes greedily. `allow(log, call)` is asked
    before a call is run; a call that is not permitted gives "nothing". None permits all.
    Raises `ValueError` when `max_steps` is not positive.
    """
    if max_steps < 1:
        raise ValueError(f"max_steps is {max_steps}; an agent needs at least one step.")
    logs = [Log(q, q) for q in questions]
    for _ in range(max_steps):
        busy = [log for log in logs if not log.ended]
        if not busy:
            break
        for log, wrote in zip(busy, _turn(model, tokenizer, busy, write), strict=True):
            if not log.ended:
                _take(log, wrote, tools, check, allow)
    for log in logs:
        log.ended = log.ended or "limit"
    return logs


def _turn(model: Model, tokenizer: Tokenizer, logs: Sequence[Log], write: Write | None) -> list[str]:
    """What the model writes next in each log, up to the end of a call or a sentence."""
    texts = [log.text for log in logs]
    try:
        written = write(texts) if write else complete(model, tokenizer, texts, max_new_tokens=LONGEST_STEP)
    except PromptTooLong:
        if len(logs) == 1:
            logs[0].ended = "full"
            return [""]
        return [_turn(model, tokenizer, [log], write)[0] for log in logs]
    return [_first(text.strip()) for text in written]


def _first(text: str) -> str:
    """Up to the first closing bracket of a call (what the model would like to read there is cut off), or full stop."""
    ends = [text.index(c) for c in ").?" if c in text]
    return text[: min(ends) + 1] if ends else text


def _take(log: Log, wrote: str, tools: Mapping[str, Tool], check: Callable[[str], str], allow: Permit | None) -> None:
    """Write one turn into the log: run the call, or read the answer."""
    log.text = f"{log.text} {wrote}"
    call = read_call(wrote)
    if call is None:
        log.steps.append(Step(wrote))
        log.answer = final_answer(wrote)
        log.ended = "answer" if log.answer else "silence"
        return
    if allow and not allow(log, call):
        observed, error = NOTHING, "not permitted."
    else:
        observed, error = act(call, tools)
    seen = check(observed)
    if seen != observed:
        error = f"the tool gave {observed!r:.60}, which was not let through."
    if any(step.call == call and step.read == seen for step in log.steps):
        log.ended = "loop"
    log.steps.append(Step(wrote, call, seen, error))
    log.text = f"{log.text} gives {seen}."
