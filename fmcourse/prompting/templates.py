"""Prompt templates: a text with named slots, and a format that puts examples in front of a question.

    fill("Question: {question} Answer:", question="Who is the friend of Kator?")
    LIST.write({"input": "France"}, examples=[{"input": "Peru", "answer": "Lima"}])

A slot is a plain name in braces. Python's own `str.format` would also obey `{question.__class__}`, so that a template
typed by a stranger could read what it should not; here anything but a plain name is refused, and what is filled in is
never read as a template.

But: no loops, conditions or chat roles; templates of Hub models (`tokenizer.apply_chat_template`) have those.
"""

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fmcourse.models.encoding import encode_prompt
from fmcourse.prompting.decoding import context_length, prompt_tokens
from fmcourse.types import Model, Tokenizer

_NAME = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE)


class TemplateProblem(ValueError):
    """A template that cannot be filled; the message says what is missing and what to write."""


class TooManyExamples(ValueError):
    """The examples do not fit into the model's context; the message says how many do."""


def slots(template: str) -> list[str]:
    """The names of a template's slots, each once, in order. `{{` and `}}` stand for braces.

    >>> slots("Question: {question} Answer:")
    ['question']
    """
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
        dressed = any(form or how for _, name, form, how in string.Formatter().parse(template) if name is not None)
    except ValueError as e:
        raise TemplateProblem(
            f"the braces of the template do not match: {e}. Write {{{{ or }}}} for a brace that is no slot."
        ) from e
    odd = [name for name in names if not _NAME.fullmatch(name)]
    if odd or dressed:
        what = odd[0] if odd else "a name with a format"
        raise TemplateProblem(f"a slot must be a plain name in braces, like {{question}}; this template has {what!r}.")
    return list(dict.fromkeys(names))


def fill(template: str, /, **values: object) -> str:
    """The template with its slots filled. Raises `TemplateProblem` for a slot without a value, or a value without slot.

    >>> fill("The capital of {country} is", country="Peru")
    'The capital of Peru is'
    """
    there = slots(template)
    for name in values:
        if name not in there:
            raise TemplateProblem(f"the template has no slot {{{name}}}; write {{{name}}} where it belongs.")
    for name in there:
        if name not in values:
            raise TemplateProblem(f"the slot {{{name}}} got no value; there are {', '.join(values) or 'no values'}.")
    return template.format(**{name: str(value) for name, value in values.items()})


def fill_known(template: str, fields: Mapping[str, str], needs: Sequence[str] = ()) -> str:
    """Fill a template from a larger set of fields; those that it does not use are left over, those in `needs` must
    stand in it.
    """
    there = slots(template)
    for name in needs:
        if name not in there:
            raise TemplateProblem(f"the template has no slot {{{name}}}; write {{{name}}} where it belongs.")
    for name in there:
        if name not in fields:
            known = ", ".join(f"{{{field}}}" for field in fields)
            raise TemplateProblem(f"the slot {{{name}}} is not known here; there are {known}.")
    return fill(template, **{name: fields[name] for name in there})


@dataclass(frozen=True)
class Format:
    """How examples and a question are written one after the other: `head`, then each `shot`, then `ask`."""

    head: str
    shot: str
    ask: str

    def write(self, question: Mapping[str, str], examples: Sequence[Mapping[str, str]] = ()) -> str:
        """The prompt with its examples.

        >>> LIST.write({"input": "Peru"}, [{"input": "France", "answer": "Paris"}])
        'List: France -> Paris; Peru ->'
        """
        shown = "".join(fill_known(self.shot, e) for e in examples)
        return (self.head + shown + fill_known(self.ask, question)).strip()


LIST = Format("List:", " {input} -> {answer};", " {input} ->")
SORT = Format("Sort:", " {input} -> {answer},", " {input} ->")


def fitting(
    model: Model,
    tokenizer: Tokenizer,
    form: Format,
    question: Mapping[str, str],
    examples: Sequence[Mapping[str, str]],
    new: int,
) -> str:
    """`form.write(...)`, after a check that it leaves room for `new` tokens.

    Raises `TooManyExamples` with the largest number of these examples that fits.
    """
    limit = context_length(model)

    def size(k: int) -> int:
        return len(encode_prompt(tokenizer, form.write(question, examples[:k]))) + new

    if limit is not None and size(len(examples)) > limit:
        fits = next((k for k in range(len(examples) - 1, -1, -1) if size(k) <= limit), None)
        most = "not even the question alone fits" if fits is None else f"at most {fits} of these examples fit"
        raise TooManyExamples(
            f"{len(examples)} examples, the question and {new} new tokens make {size(len(examples))} tokens, but the "
            f"model's context holds {limit}: {most}."
        )
    prompt = form.write(question, examples)
    prompt_tokens(model, tokenizer, prompt, new)
    return prompt
