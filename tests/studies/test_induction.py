"""The planted repeats are repeats, and the scores find a head that was made by hand."""

import torch

from fmcourse.studies import induction


def test_every_marked_token_is_a_copy():
    ids, again = induction.planted(50, torch.Generator().manual_seed(1))
    row, at = (again >= 0).nonzero(as_tuple=True)
    assert torch.equal(ids[row, at], ids[row, again[row, at]])
    first = [ids[r, : (again[r] < 0).sum()].tolist() for r in range(50)]
    assert all(len(set(f)) == len(f) for f in first)  # nothing stands twice before the repeat
    assert len({len(f) for f in first}) > 5 and len(set((at - again[row, at]).tolist())) > 5


def test_batches_depend_on_step_and_seed_alone():
    one, same, other = induction.batch(3, 0), induction.batch(3, 0), induction.batch(3, 1)
    assert torch.equal(one["input_ids"], same["input_ids"]) and not torch.equal(one["input_ids"], other["input_ids"])


def test_the_score_is_the_weight_on_the_next_token():
    """A stand-in with one perfect induction head and one head that looks at the token before."""

    class Perfect:
        def __call__(self, input_ids, output_attentions):
            b, n = input_ids.shape
            _, again = induction.planted(b, torch.Generator().manual_seed(99))
            weights, logits = torch.zeros(b, 2, n, n), torch.zeros(b, n, induction.TOKENS)
            for i in range(n):
                weights[:, 1, i, max(0, i - 1)] = 1
                if i + 1 < n:
                    for r in range(b):
                        j = int(again[r, i + 1])
                        if j >= 0:
                            weights[r, 0, i, j] = 1
                            logits[r, i, input_ids[r, j]] = 50
            return type("Out", (), {"logits": logits, "attentions": (weights,)})()

    found = induction.measure(Perfect(), rows=7)
    assert found["right"] == 1 and found["loss"] < 1e-6
    assert found["induction"][0][0] == 1 and found["induction"][0][1] < 0.5 and found["previous"][0][1] == 1


def test_training_lowers_the_loss():
    row = induction.trial(1, seed=0, steps=20)
    assert len(row["curve"]) == 1 and row["tokens"] > 100 and 0 <= row["right"] < 0.5
