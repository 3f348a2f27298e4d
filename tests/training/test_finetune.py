"""Fine-tuning: which numbers move, equality with transformers, checkpoints, replay, and bad input."""

import copy
from dataclasses import replace

import pytest
import torch

from fmcourse import load
from fmcourse.tasks.label_tasks import Example, tasks
from fmcourse.training import finetune as ft
from fmcourse.training.fit import Interrupted

SHORT = ft.Recipe(steps=6, warmup=2, batch=5)


@pytest.fixture(scope="module")
def gpt():
    return load("world-gpt", device="cpu")


def _moved(gpt, tuned, seed=0):
    start = dict(ft.classifier(gpt, tuned.classes, seed, pretrained=tuned.method != "scratch").named_parameters())
    return {n for n, p in tuned.model.named_parameters() if n not in start or not torch.equal(p, start[n])}


@pytest.mark.parametrize("method", ft.METHODS)
def test_exactly_what_a_method_may_move_moves(gpt, method):
    before = copy.deepcopy(gpt.model.state_dict())
    tuned = ft.finetune(gpt, tasks()["pets"], method, 16, recipe=SHORT)
    moved = {n for n in _moved(gpt, tuned) if not n.endswith("base_layer.weight")}
    everything = {n for n, _ in ft.classifier(gpt, tuned.classes).named_parameters()}
    expected = {
        "scratch": everything,
        "full": everything,
        "head": {"score.weight"},
        "last block": {n for n in everything if n.startswith(("score", "model.layers.3.", "model.norm"))},
        "LoRA": {
            "score.weight",
            *(f"model.layers.{i}.self_attn.{m}_proj.lora_{p}" for i in range(4) for m in "qv" for p in "AB"),
        },
    }[method]
    assert moved == expected
    assert all(torch.equal(v, before[k]) for k, v in gpt.model.state_dict().items())  # the original stays
    sizes = dict(tuned.model.named_parameters())
    assert tuned.trained == sum(sizes[n].numel() for n in expected) and tuned.total == 1_181_056
    assert len(tuned.losses) == SHORT.steps


def test_scores_equal_transformers_and_the_head_by_hand(gpt, tmp_path):
    from transformers import AutoModelForSequenceClassification

    task = tasks()["sorts"]
    tuned = ft.finetune(gpt, task, "full", 13, recipe=SHORT)
    texts = [e.text for e in task.test(7, 0)]
    tuned.model.save_pretrained(tmp_path)
    again = AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()
    assert again.config.id2label == dict(enumerate(task.classes))
    with torch.no_grad():
        one_by_one = torch.cat([again(**ft.encode(gpt.tokenizer, [t])).logits for t in texts])  # no padding at all
    torch.testing.assert_close(tuned.scores(texts), one_by_one, rtol=1e-4, atol=1e-5)
    states = ft.last_states(tuned.model, gpt.tokenizer, task.test(7, 0))
    torch.testing.assert_close(states @ tuned.model.score.weight.T, one_by_one, rtol=1e-4, atol=1e-5)


def test_the_short_way_for_the_head_is_the_same_way(gpt, monkeypatch):
    """The head reads states computed once; the long way, through the whole model at each step, ends the same."""
    task = tasks()["pets"]
    short = ft.finetune(gpt, task, "head", 16, recipe=SHORT)
    monkeypatch.setattr(ft, "last_states", lambda *a: None)
    long = ft.finetune(gpt, task, "head", 16, recipe=SHORT)
    torch.testing.assert_close(short.model.score.weight, long.model.score.weight, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("method", ["LoRA", "full"])
def test_an_interrupted_fine_tuning_goes_on_to_the_same_end(gpt, method, tmp_path):
    task, file = tasks()["pets"], tmp_path / "state.safetensors"
    whole = ft.finetune(gpt, task, method, 16, recipe=SHORT)

    def stop(step, loss):
        if step == 2:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="step 3"):
        ft.finetune(gpt, task, method, 16, recipe=SHORT, checkpoint=file, on_step=stop)
    assert file.is_file()
    seen = []
    rest = ft.finetune(gpt, task, method, 16, recipe=SHORT, checkpoint=file, on_step=lambda step, _: seen.append(step))
    assert seen == [3, 4, 5] and rest.losses == whole.losses and not file.exists()
    assert all(torch.equal(a, b) for a, b in zip(whole.model.parameters(), rest.model.parameters(), strict=True))


def test_a_checkpoint_of_something_else_is_refused_and_kept(gpt, tmp_path):
    task, file = tasks()["pets"], tmp_path / "state.safetensors"

    def stop(step, loss):
        raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        ft.finetune(gpt, task, "full", 16, recipe=SHORT, checkpoint=file, on_step=stop)
    with pytest.raises(ValueError, match="another fine-tuning"):
        ft.finetune(gpt, task, "full", 15, recipe=SHORT, checkpoint=file)
    assert file.is_file()
    file.write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="damaged"):
        ft.finetune(gpt, task, "full", 16, recipe=SHORT, checkpoint=file)


@pytest.mark.parametrize(
    "labels, says",
    [
        (0, "no labelled examples"),
        ([], "no labelled examples"),
        ([Example("a", "mammal", ()), Example("b", "mammal", ())], "all 2 labels are 'mammal'"),
        ([Example("a", "mammal", ()), Example("b", "plant", ())], "'plant' is none of the classes"),
    ],
)
def test_labels_that_teach_nothing_get_a_sentence(gpt, labels, says):
    with pytest.raises(ValueError, match=says):
        ft.finetune(gpt, tasks()["pets"], "head", labels)


def test_an_unknown_method_gets_a_sentence(gpt):
    with pytest.raises(ValueError, match="no method is called 'all'; there are scratch, head"):
        ft.finetune(gpt, tasks()["pets"], "all", 8)


def test_permuting_the_vocabulary_equals_permuting_the_tokens(gpt):
    mixed = ft.permuted(gpt, seed=5)
    old, new = gpt.model.get_input_embeddings().weight, mixed.model.get_input_embeddings().weight
    assert not torch.equal(old, new) and torch.equal(old.sort(0).values, new.sort(0).values)
    ids = ft.encode(gpt.tokenizer, ["We talked about the violin"])["input_ids"]
    same = [int((old == new[i]).all(1).nonzero()[0]) for i in ids[0]]  # the token whose vector stands there now
    assert same[0] == int(ids[0, 0]) and same != ids[0].tolist()
    with torch.no_grad():
        a = mixed.model.base_model(input_ids=ids).last_hidden_state
        b = gpt.model.base_model(input_ids=torch.tensor([same])).last_hidden_state
    torch.testing.assert_close(a, b)


def test_as_a_language_model_it_is_the_old_one_until_the_body_moves(gpt):
    tuned = ft.finetune(gpt, tasks()["pets"], "head", 8, recipe=SHORT)
    lora = ft.finetune(gpt, tasks()["pets"], "LoRA", 8, recipe=SHORT)
    ids = ft.encode(gpt.tokenizer, ["The capital of France is"])["input_ids"]
    with torch.no_grad():
        assert torch.equal(
            ft.as_language_model(tuned, gpt).model(ids).last_hidden_state, gpt.model.model(ids).last_hidden_state
        )
        moved = ft.as_language_model(lora, gpt)
        assert (moved(ids).logits - gpt.model(ids).logits).abs().max() > 1e-3


def test_replay_asks_for_old_documents_at_the_price_of_the_library(gpt):
    from fmcourse.training.batches import causal_batch
    from fmcourse.world import World

    tuned = ft.finetune(gpt, tasks()["pets"], "head", 8, recipe=SHORT)  # the body is the old one
    recipe = replace(SHORT, replay=3)
    batch = causal_batch(World.default(), gpt.tokenizer, 3, 128, recipe.seed + 1_000_000, 4)
    with torch.no_grad():
        theirs = gpt.model(**batch).loss
        torch.testing.assert_close(ft.replay_loss(tuned, recipe, 4), theirs, rtol=1e-4, atol=1e-5)


def test_change_by_layer_finds_what_moved(gpt):
    tuned = ft.finetune(gpt, tasks()["pets"], "last block", 16, recipe=SHORT)
    change = ft.change_by_layer(gpt.model.base_model, tuned.model.base_model)
    assert all(v == 0 for layer in ("embedding", "block 0", "block 1", "block 2") for v in change[layer].values())
    assert len(change["block 3"]) == 7 and all(v > 0 for v in change["block 3"].values())
