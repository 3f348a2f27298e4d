"""Recorded evidence is bound to what code means: proved on a copy of the whole package, edited in every way."""

import ast
import json
import re
import shutil
from pathlib import Path

import pytest

import fmcourse
from fmcourse import evidence, reach
from fmcourse.experiments import commands, runner

PACKAGE = Path(fmcourse.__file__).parent
MAKE = "fmcourse.experiments.induction:make"  # reaches studies/induction, then fit, then muon: three imports away


@pytest.fixture
def copied(tmp_path):
    """A copy of the package's code; `edit(file, old, new)` changes it and returns what `MAKE` reaches then."""
    shutil.copytree(PACKAGE, tmp_path / "fmcourse", ignore=shutil.ignore_patterns("__pycache__", "_course"))

    def edit(file=None, old="", new="", entry=MAKE):
        if file:
            path = tmp_path / "fmcourse" / file
            text = path.read_text(encoding="utf-8")
            assert old in text
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return reach.Code(tmp_path).reached(entry)

    edit.root = tmp_path / "fmcourse"
    return edit


# ---- what a function reaches


def test_the_copy_says_what_the_package_says(copied):
    assert copied() == reach.reached(MAKE)


def test_comments_docstrings_annotations_and_layout_change_nothing(copied):
    before = copied()
    for path in copied.root.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):  # each function gets another docstring, and no annotation
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if ast.get_docstring(node) is not None:
                    node.body[0].value.value = "Another text."
                node.returns = None
                for argument in [*node.args.args, *node.args.kwonlyargs]:
                    argument.annotation = None
        path.write_text("# a comment\n\n\n" + ast.unparse(tree) + "\n# another\n", encoding="utf-8")
    assert copied() == before


@pytest.mark.parametrize(
    "file, old, new, named",
    [
        ("training/muon.py", "3.4445", "3.4446", "fmcourse.training.muon:COEFFICIENTS"),
        ("training/muon.py", "steps: int = 5", "steps: int = 6", "fmcourse.training.muon:orthogonalise"),
        ("training/fit.py", "prepared.train()", "prepared.eval()", "fmcourse.training.fit:_fit"),
        ("training/batches.py", "IGNORE = -100", "IGNORE = -1", "fmcourse.training.batches:IGNORE"),
    ],
)
def test_an_edit_far_away_is_caught_and_named(copied, file, old, new, named):
    before, after = copied(), copied(file, old, new)
    assert [place for place in before if before[place] != after.get(place)] == [named]


@pytest.mark.parametrize(
    "file, old, new",
    [
        ("studies/cloze.py", "RATES", "RATES_"),
        ("views/plots.py", "def ", "def x"),
        ("scenes/reader.py", "0", "1"),
    ],
)
def test_an_edit_that_is_not_reached_changes_nothing(copied, file, old, new):
    assert copied() == copied(file, old, new)


SMALL = {
    "__init__.py": "from fmcourse.lazy import lazy\n_WHERE = {'load': 'loading'}\n"
    "__getattr__, __dir__, __all__ = lazy(__name__, _WHERE)",
    "lazy.py": "def lazy(*a): return a",
    "loading.py": "import json\nSIZE = 3\ndef load(): return SIZE\n"
    "class Kept:\n    def far(self): return OTHER\nOTHER = 1",
    "a.py": "from fmcourse import load\ndef make(): return load()",
    "b.py": "import fmcourse.loading as l\ndef make(): return l.load()",
    "c.py": "def make():\n    from fmcourse.loading import load as f\n    return f()",
    "d.py": "import fmcourse.loading\ndef make(): return fmcourse.loading.load()",
    "e.py": "from . import loading\ndef make(): return loading.load()",
    "f.py": "from fmcourse import loading\ndef make(): return vars(loading)",
    "g.py": "from fmcourse.h import run\n@run\ndef make(): pass\n@run\ndef other(): return 5\nNEVER = 2",
    "h.py": "def run(f): return f",
    "i.py": "def make(): return missing_name_of_a_library.load()",
}


@pytest.fixture
def small(tmp_path):
    for file, text in SMALL.items():
        (tmp_path / "fmcourse").mkdir(exist_ok=True)
        (tmp_path / "fmcourse" / file).write_text(text)
    return lambda module: set(reach.Code(tmp_path).reached(f"fmcourse.{module}:make"))


@pytest.mark.parametrize("module", "abcde")
def test_names_are_followed_through_every_kind_of_import(small, module):
    assert {"fmcourse.loading:load", "fmcourse.loading:SIZE"} <= small(module)
    assert "fmcourse.loading:OTHER" not in small(module)


def test_a_module_that_is_handed_on_counts_whole(small):
    assert {"fmcourse.loading:load", "fmcourse.loading:Kept", "fmcourse.loading:OTHER"} <= small("f")


def test_decorated_functions_count_with_their_module(small):
    """They may have registered themselves somewhere."""
    assert {"fmcourse.g:(at import)", "fmcourse.h:run"} <= small("g") and "fmcourse.g:NEVER" not in small("g")


def test_what_only_speaks_does_not_count():
    assert not any(place.split(":")[0] in reach.SPEAK_ONLY for place in reach.reached("fmcourse.models.loading:load"))
    assert "fmcourse.models.loading:_open" in reach.reached("fmcourse.models.loading:load")


def test_other_libraries_do_not_count(small):
    assert small("i") == {"fmcourse.i:make"}


@pytest.mark.parametrize("entry", ["fmcourse.nowhere:make", "fmcourse.training.fit:nothing", "json:dumps"])
def test_what_is_not_there_is_told(entry):
    with pytest.raises(LookupError, match=f"there is no {entry}"):
        reach.reached(entry)


# ---- records


@pytest.fixture
def course(tmp_path, monkeypatch):
    """An empty course with one experiment, `coins`, whose code stands in a copy that can be edited."""
    made = []
    (tmp_path / "data.bin").write_bytes(b"\0 1")
    code = {"fmcourse.coins:make": "1" * 16, "fmcourse.coins:flip": "2" * 16}
    monkeypatch.setattr(evidence, "course_root", lambda: tmp_path)
    monkeypatch.setattr(evidence, "data_dir", lambda: tmp_path / "data")
    monkeypatch.setattr(runner, "course_root", lambda: tmp_path)

    def code_of(name):
        if name not in ("coins", "dice"):
            raise LookupError(name)
        return dict(code)

    monkeypatch.setattr(evidence, "code_of", code_of)

    class Coins:
        DATA, TOLERANCE, SEEDS, WORTH = ("data.bin",), 0.1, 4, 1.0

        def plan(self, rows):
            return ({"seed": seed} for seed in range(self.SEEDS))

        def make(self, seed):
            made.append(seed)
            if seed == 99:
                raise KeyboardInterrupt
            return {"seed": seed, "value": seed * self.WORTH}

        def replay(self, rows):
            yield "seed 1", rows[1]["value"], self.make(1)["value"]

    coins = Coins()
    monkeypatch.setattr(runner, "experiment", lambda name: coins)
    monkeypatch.setattr(runner, "names", lambda: ["coins", "dice"])
    coins.made, coins.code, coins.root = made, code, tmp_path
    return coins


def test_a_record_holds_its_rows_and_what_they_hang_on(course):
    runner.run("coins")
    entry = evidence.recorded("coins")
    assert [r["value"] for r in entry["rows"]] == [0, 1, 2, 3] and entry["code"] == course.code
    assert set(entry["data"]) == {"data.bin"} and evidence.verify("coins") == []
    assert entry["command"] == "fmcourse evidence record coins" and entry["machine"]["python"]


def test_a_run_that_was_stopped_goes_on(course):
    assert runner.run("coins", at_most=2) is None and course.made == [0, 1]
    runner.run("coins")
    assert course.made == [0, 1, 2, 3]


def test_rows_of_other_code_are_not_resumed(course):
    runner.run("coins", at_most=2)
    course.code["fmcourse.coins:flip"] = "3" * 16
    runner.run("coins")
    assert course.made == [0, 1, 0, 1, 2, 3]


def test_rows_of_other_data_are_not_resumed(course):
    runner.run("coins", at_most=2)
    (course.root / "data.bin").write_bytes(b"\0 2")
    runner.run("coins")
    assert course.made == [0, 1, 0, 1, 2, 3]


def test_a_line_that_a_crash_cut_off_is_made_again(course):
    runner.run("coins", at_most=2)
    kept = course.root / "build" / "experiments" / "coins.jsonl"
    kept.write_text(kept.read_text()[:-9])
    runner.run("coins")
    assert course.made == [0, 1, 1, 2, 3]


def test_a_longer_plan_adds_to_a_record_that_holds(course):
    runner.run("coins")
    course.SEEDS = 6
    runner.run("coins")
    assert course.made == [0, 1, 2, 3, 4, 5] and len(evidence.recorded("coins")["rows"]) == 6
    course.code["fmcourse.coins:flip"] = "3" * 16  # and one that does not hold is made anew
    runner.run("coins")
    assert course.made[6:] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "change, said",
    [
        (
            lambda c: c.code.update({"fmcourse.coins:flip": "3" * 16}),
            "fmcourse.coins:flip changed since it was recorded",
        ),
        (lambda c: c.code.update({"fmcourse.coins:new": "4" * 16}), "fmcourse.coins:new is new"),
        (lambda c: c.code.pop("fmcourse.coins:flip"), "fmcourse.coins:flip is gone"),
        (lambda c: (c.root / "data.bin").write_bytes(b"\0 2"), "data.bin changed"),
        (lambda c: (c.root / "data.bin").unlink(), "data.bin is gone"),
    ],
)
def test_what_changed_is_named(course, capsys, change, said):
    runner.run("coins")
    assert commands.verify([]) == 0
    change(course)
    assert commands.verify(["coins"]) == 1
    assert said in capsys.readouterr().out and "record it again" in evidence.verify("coins")[0]


def test_an_experiment_that_is_gone_is_told(course, monkeypatch):
    runner.run("coins")
    monkeypatch.setattr(evidence, "code_of", lambda name: (_ for _ in ()).throw(LookupError(name)))
    assert "has no experiment any more" in evidence.verify("coins")[0]


def test_line_ends_of_data_do_not_count(course):
    (course.root / "data.bin").write_bytes(b"a\n")
    runner.run("coins")
    (course.root / "data.bin").write_bytes(b"a\r\n")
    assert evidence.verify("coins") == []


def moved(course):
    """Everything stands in another module now."""
    for place in list(course.code):
        course.code[place.replace("coins", "money")] = course.code.pop(place)


def test_a_move_is_bound_anew_with_a_line_that_says_so(course, capsys):
    runner.run("coins")
    moved(course)
    assert commands.rebind("coins", "dice", "coins are money now") == 0
    entry = evidence.recorded("dice")
    assert evidence.verify("dice") == [] and evidence.names() == ["dice"]
    (note,) = entry["rebound"]
    assert note["why"] == "coins are money now" and note["moved"] == ["fmcourse.coins:flip", "fmcourse.coins:make"]
    assert "seed 1: then 1.0000, now 1.0000" in note["replayed"][0]


@pytest.mark.parametrize(
    "change, said",
    [
        (
            lambda c: c.code.update({"fmcourse.money:flip": "3" * 16}),
            "fmcourse.coins:flip is not there any more as it was",
        ),
        (lambda c: c.code.update({"fmcourse.money:new": "4" * 16}), "fmcourse.money:new was not reached when"),
        (lambda c: (c.root / "data.bin").write_bytes(b"\0 2"), "data.bin changed"),
        (lambda c: setattr(c, "WORTH", 2.0), "seed 1 was 1.0000 and is 2.0000"),
    ],
)
def test_a_rebind_is_refused_and_says_why(course, capsys, change, said):
    runner.run("coins")
    before = (course.root / "data" / "recorded" / "coins.json").read_bytes()
    moved(course)
    change(course)
    assert commands.rebind("coins", "coins", "moved") == 1
    assert said in capsys.readouterr().err
    assert (course.root / "data" / "recorded" / "coins.json").read_bytes() == before


def test_what_is_not_there_ends_with_2_or_a_sentence(course, capsys):
    runner.run("coins")
    assert commands.verify(["cards"]) == commands.replay(["cards"]) == commands.make("cards", None) == 2
    assert commands.rebind("cards", "coins", "why") == 2
    assert capsys.readouterr().err.count("There is no cards; there are: coins") == 4
    assert commands.rebind("coins", "cards", "why") == 1
    assert "There is no experiment cards" in capsys.readouterr().err
    with pytest.raises(ValueError, match="needs rows"):
        evidence.record("coins", [], {}, course.code, {})
    with pytest.raises(FileNotFoundError, match="nowhere.bin, which is not in the course"):
        evidence.data_of(["nowhere.bin"])


# ---- the course's own


def test_every_record_has_its_experiment_and_every_experiment_its_record():
    assert evidence.names() == runner.names()


@pytest.mark.parametrize("name", runner.names())
def test_a_record_matches_the_code_and_data_that_made_it(name):
    assert evidence.verify(name) == []


@pytest.mark.parametrize("name", runner.names())
def test_a_plan_asks_for_just_the_rows_that_are_recorded(name):
    rows = evidence.recorded(name)["rows"]
    asked = list(runner.experiment(name).plan(rows))
    unmade = [s for s in asked if not any(s.items() <= row.items() for row in rows)]
    unasked = [row for row in rows if not any(s.items() <= row.items() for s in asked)]
    assert unmade == [] and unasked == []


def test_no_number_of_a_record_was_written_by_hand():
    """The form that the runner writes, to the byte."""
    for name in evidence.names():
        text = evidence._file(name).read_text(encoding="utf-8")
        assert text == json.dumps(json.loads(text), indent=1, ensure_ascii=False) + "\n"
        assert re.fullmatch(r"[a-z_]+", name)
