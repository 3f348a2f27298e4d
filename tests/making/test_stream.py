"""The documents that a model read are those of its batches: no more and no fewer."""

from functools import cache

import pytest

from fmcourse.making import stream
from fmcourse.making.pretrain import SPECS
from fmcourse.making.stream import documents_read, steps_of
from fmcourse.paths import data_dir
from fmcourse.world import World


@cache
def tokenizer(model: str):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(data_dir() / "models" / model)


def borders(model: str) -> list[tuple[int, int]]:
    """(number of the stage, step) at the beginning and the end of each stage, and one odd and one even between."""
    out, before = [], 0
    for number, stage in enumerate(SPECS[model].stages):
        out += [(number, before + k) for k in (0, stage.steps // 3, stage.steps // 3 + 1, stage.steps - 1)]
        before += stage.steps
    return out


@pytest.mark.parametrize("model", SPECS)
def test_the_documents_are_those_of_the_batches(model):
    read = tokenizer(model)
    ends = (read.cls_token_id, read.sep_token_id) if model == "world-bert" else (read.bos_token_id, read.eos_token_id)
    for number, step in borders(model):
        batch = SPECS[model].stages[number].batch(World.default(), read, SPECS[model].seed, step)
        texts = [d.text for d in documents_read(model, steps=[step])]
        if model == "world-t5":
            there = [
                read.decode(a, skip_special_tokens=True) + " " + read.decode(b[b >= 0], skip_special_tokens=True)
                for a, b in zip(batch["input_ids"], batch["labels"], strict=True)
            ]
            assert texts == there
            continue
        ids = batch["input_ids"]
        if model == "world-bert":  # what was hidden stands in the labels
            ids = ids.where(batch["labels"] < 0, batch["labels"])
        there = []
        for row in ids.tolist():
            while ends[0] in row:
                end = row.index(ends[1])
                there.append(tuple(row[1:end]))
                row = row[end + 1 :]
        assert sorted(there) == sorted(tuple(read.encode(t, add_special_tokens=False)) for t in texts), step
    assert sum(s.steps for s in SPECS[model].stages) == steps_of(model) == step + 1


def test_an_unknown_model_or_step_is_named():
    with pytest.raises(ValueError, match="no recipe is called 'gpt'; there are world-gpt, world-bert, world-t5"):
        list(documents_read("gpt"))
    with pytest.raises(ValueError, match="world-t5 has the steps 0 to 2599; there is no step 2600"):
        list(documents_read("world-t5", steps=[2599, 2600]))


def test_a_missing_tokenizer_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("fmcourse.paths.data_dir", lambda: tmp_path)
    stream._counter.cache_clear()
    with pytest.raises(ValueError, match="tokenizer.json is missing.*install the course again"):
        next(documents_read("world-gpt"))
