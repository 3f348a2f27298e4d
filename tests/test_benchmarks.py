"""The benchmark: its measurement is greedy decoding's, its clock stands still, its tables say what was measured."""

import json

import pytest
import torch

from benchmarks import costs, race, table, task
from benchmarks.__main__ import GRID, main


def run(side, seed, cpu, reached=True, rates=(0.1,), steps=100, facts=1.0):
    return {
        "side": side,
        "seed": seed,
        "steps": steps,
        "rates": list(rates),
        "reached": reached,
        "step": 60,
        "seconds": 2 * cpu,
        "cpu_seconds": cpu,
        "tokens": 1000,
        "score": {"facts": facts, "recognition": 1.0},
    }


RUNS = [run("ours", 0, 2.0), run("theirs", 0, 6.0), run("theirs", 1, 4.0, reached=False), run("ours", 1, 4.0)]
FOUND = {
    "machine": {"date": "2020-02-03", "cores": 3, "system": "X", "python": "3", "torch": "2", "transformers": "5"},
    "threads": 1,
    "race": RUNS,
    "costs": {"import_seconds": 0.25, "kernel_mb": None, "notebooks": {"07_x": 61.2}},
}


def test_a_share_is_what_greedy_decoding_writes():
    from fmcourse.prompting.decoding import complete

    net = task.model(3).eval()
    with torch.no_grad():
        for p in net.parameters():
            p.mul_(4)  # answers that vary
    asked = task.fact_questions()[:5] + task.list_questions()[:5]
    made = complete(net, task.tokenizer(), [prompt for prompt, _ in asked], max_new_tokens=2)
    own = [(prompt, text) for (prompt, _), text in zip(asked, made, strict=True)]
    assert all(task.right(net, [one]) == 1.0 for one in own), "what it writes itself is right"
    assert task.right(net, [(prompt, text + " Paris") for prompt, text in own]) < 1
    assert task.right(net, [(p, "Paris Paris") for p, _ in own]) < 1


def test_no_question_stands_in_the_documents_of_another_kind():
    """Facts are asked in sentences that may occur; every word is known; lists have two examples."""
    unknown = task.tokenizer().unk_token_id
    for prompt, answer in task.fact_questions() + task.list_questions():
        assert unknown not in task.tokenizer().encode(f"{prompt} {answer}")
    assert all(prompt.count(";") == 2 for prompt, _ in task.list_questions()) and len(task.fact_questions()) == 192


def test_both_sides_train_the_same_model_on_the_same_batches(monkeypatch):
    seen = {}

    def score(net):
        seen.setdefault("nets", []).append(net)
        return task.Score(0.5, 0.0)

    monkeypatch.setattr(task, "score", score)
    batches = task.batches(0, 4)
    runs = [side(0, 4, rates, batches, 2) for side, rates in ((race.ours, (0.0, 0.0)), (race.trainer, (0.0,)))]
    assert [r.step for r in runs] == [4, 4] and not any(r.reached for r in runs)
    assert runs[0].tokens == pytest.approx(runs[1].tokens, abs=4)
    assert all(r.seconds > 0 and r.cpu_seconds > 0 for r in runs)
    ours, theirs = seen["nets"][0].state_dict(), seen["nets"][-1].state_dict()
    for name in ours:  # at rate 0 both must still hold the weights that the seed gave
        assert torch.equal(ours[name], theirs[name]), name


def test_the_clock_stands_still_while_the_model_is_measured(monkeypatch):
    import time

    def score(net):
        time.sleep(0.5)
        return task.Score(1.0, 1.0)

    monkeypatch.setattr(task, "score", score)
    clock = race.Clock(race.Run("ours", 0, 9, (0.1,)), None, every=3, limit=100)
    clock.start()
    clock.after(1, 10)
    with pytest.raises(race.Stop):
        clock.after(3, 10)
    assert clock.run.reached and clock.run.step == 3 and clock.run.tokens == 20 and clock.run.seconds < 0.4


def test_a_run_is_given_up_when_it_can_no_longer_win(monkeypatch):
    monkeypatch.setattr(task, "score", lambda net: task.Score(0.2, 0.0))
    clock = race.Clock(race.Run("ours", 0, 9, (0.1,)), None, every=1, limit=-1.0)
    with pytest.raises(race.Stop):
        clock.after(1, 10)
    assert not clock.run.reached


def test_ratios_are_taken_seed_by_seed():
    assert table.ratios(RUNS, "cpu_seconds") == [3.0, 1.0]


def test_the_quickest_setting_that_reached_the_target_is_taken():
    grid = [run("a", 0, 1.0, False, (1.0,)), run("a", 0, 5.0, rates=(2.0,)), run("b", 0, 1.0, rates=(3.0,))]
    assert table.choose(grid, "a") == ([2.0], 100)
    assert table.choose([run("a", 0, 1.0, False, (1.0,), facts=0.1), run("a", 0, 1.0, False, (2.0,))], "a")[0] == [2.0]


def test_the_tables_show_what_was_measured_and_what_was_not():
    text = table.as_markdown(FOUND)
    assert "| ours | 2 of 2 | 3.0 (2.0 to 4.0) | 6.0 (4.0 to 8.0) |" in text
    assert "| theirs | 1 of 2 |" in text and "2.0 (1.0 to 3.0) by the processor's clock" in text
    assert "| notebook 07_x, seconds | 61 |" in text and "| set-up by `start.py`, seconds | not recorded |" in text


def test_the_readme_is_renewed_between_its_marks(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n", encoding="utf-8")
    table.write(FOUND, readme)
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("before") and text.endswith("after\n") and "old" not in text and "2020-02-03" in text
    readme.write_text("no marks", encoding="utf-8")
    with pytest.raises(ValueError, match="two marks"):
        table.write(FOUND, readme)


def test_a_set_up_is_timed_by_what_it_left(tmp_path):
    import os

    assert costs.setup_seconds(tmp_path) is None
    for name, text, when in (("pyvenv.cfg", "", 1000), ("fmcourse.json", json.dumps({"stage": "ready"}), 1090)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        os.utime(tmp_path / name, (when, when))
    assert costs.setup_seconds(tmp_path) == pytest.approx(90)
    os.utime(tmp_path / "fmcourse.json", (90_000, 90_000))
    assert costs.setup_seconds(tmp_path) is None


def test_a_race_without_settings_is_refused(tmp_path, capsys):
    assert main(["--parts", "race", "--out", str(tmp_path / "none.json")]) == 2
    assert "--parts grid race" in capsys.readouterr().err


@pytest.mark.law
def test_the_whole_command_runs(tmp_path, capsys):
    out = tmp_path / "benchmarks.json"
    assert main(["--quick", "--out", str(out)]) == 0
    found = json.loads(out.read_text(encoding="utf-8"))
    assert {r["side"] for r in found["race"]} == set(GRID) and found["costs"]["pretraining"]["wall"] > 0
    assert found["costs"]["import_seconds"] > 0 and "| trained by |" in capsys.readouterr().out
