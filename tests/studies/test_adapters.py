"""LoRA in two places: equal numbers, and a base that really has few values."""

from fmcourse.models.loading import load
from fmcourse.studies import adapters
from fmcourse.tasks.label_tasks import tasks
from fmcourse.training.finetune import classifier, open_up


def test_both_places_learn_equally_many_numbers():
    loaded, classes = load("world-gpt", device="cpu"), tasks()["pairs"].classes
    counts = {
        sum(p.numel() for p in open_up(classifier(loaded, classes), "LoRA", adapters.recipe(place, 0.01)))
        for place in adapters.PLACES
    }
    assert counts == {20480 + 2 * 128}


def test_the_rounded_base_has_at_most_15_values_a_group():
    matrix = adapters.four_bits(load("world-gpt", device="cpu")).model.model.layers[0].self_attn.q_proj.weight
    assert max(len(group.unique()) for group in matrix.reshape(-1, adapters.GROUP)) <= 15


def test_the_best_rate_is_the_best_on_average_and_the_smallest_of_equal_ones():
    rows = [
        {"what": "rate", "task": "pairs", "place": "attention", "rate": rate, "accuracy": a}
        for rate, a in ((0.1, 0.9), (0.1, 0.5), (0.03, 0.8), (0.03, 0.8), (0.01, 0.8), (0.01, 0.8))
    ]
    assert adapters.best_rate(rows, "pairs", "attention") == 0.01
