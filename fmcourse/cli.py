"""The command `fmcourse`: thin, every subcommand calls one function elsewhere and imports it only when it is used."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="A foundation-model course that checks what it claims."
)
Copy = Annotated[Path | None, typer.Option(help="Your copy of the course, if it is not the one here, my-course.")]
Notebooks = Annotated[list[str] | None, typer.Argument(help="Numbers of notebooks, such as 00 04. None: all.")]


def _finish(code: int | None) -> None:
    raise typer.Exit(code or 0)


@app.command()
def doctor() -> None:
    """Say whether this machine can run the course, and what to do about each thing that is wrong."""
    from fmcourse.app.doctor import main

    _finish(main())


@app.command()
def lab(browser: bool = True, port: int = 8888, folder: Copy = None) -> None:
    """Open JupyterLab on notebook 00, in a learner's copy of the course."""
    from fmcourse.app.lab import main
    from fmcourse.paths import copy_dir

    _finish(main(folder=folder or copy_dir(), browser=browser, port=port))


@app.command()
def run(
    notebooks: Notebooks = None,
    out: Path = Path("build"),
    save: bool = False,
    draw: Annotated[int, typer.Option(help="Draw everything anew that is drawn; 0 is the stored draw.")] = 0,
) -> None:
    """Execute notebooks; print seconds, peak memory and claims. --save writes the outputs back into notebooks/."""
    from fmcourse.authoring.run import main

    _finish(main(notebooks or [], out=out, save=save, draw=draw))


@app.command()
def replicate(
    notebooks: Notebooks = None,
    draws: Annotated[int, typer.Option(min=1, help="So many draws of each notebook, the stored one among them.")] = 10,
) -> None:
    """Settle the live claims of notebooks in several draws and record how each came out. A stopped run goes on."""
    from fmcourse.authoring.replicate import main

    _finish(main(notebooks or [], draws))


@app.command()
def pretrain(
    name: Annotated[
        str,
        typer.Argument(
            help="world-gpt, world-bert, world-t5; scene-diffusion, scene-voxels, scene-video, scene-sound; "
            "scene-clip, scene-captioner, scene-answerer"
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="Its folder; by default its place in data/models.")] = None,
    fresh: Annotated[bool, typer.Option(help="Begin again, and drop what an interrupted run left.")] = False,
    measure: Annotated[bool, typer.Option(help="Train nothing.")] = False,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, mps, or auto: the quickest there is")] = None,
    steps: Annotated[int | None, typer.Option(help="So many only, for a try, with --out.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes that draw scenes ahead; for a GPU.")] = 0,
) -> None:
    """Train a shipped model again with its own recipe. An interrupted run goes on where it stopped.

    --measure trains nothing: it measures the stored weights again and renews their card.
    """
    from fmcourse.making.pretrain import main

    _finish(main(name, out=out, fresh=fresh, again=measure, device=device, steps=steps, workers=workers))


@app.command()
def verbatim(
    file: Annotated[
        Path | None, typer.Argument(help="One item a line: a text, or prompt and answer with a tab between.")
    ] = None,
    model: str = "world-gpt",
    processes: Annotated[int, typer.Option(min=1, help="Each needs a core.")] = 2,
    table: Annotated[bool, typer.Option(help="Every item, or the last line only.")] = True,
    kinds: Annotated[bool, typer.Option("--kinds", help="Fresh items of every kind, written to data/.")] = False,
) -> None:
    """Say which items of a test stand word for word in what a shipped model was trained on, in which kinds.

    The documents of its recipe are drawn again: one to two minutes for world-gpt. Nothing is stored.
    """
    from fmcourse.making.verbatim import main, record_kinds

    if kinds == (file is not None):
        typer.echo("Name a file with items, or say --kinds.", err=True)
        _finish(2)
    _finish(record_kinds(processes) if kinds else main(file, model=model, processes=processes, all_items=table))


@app.command()
def ask(
    prompt: Annotated[str, typer.Argument(help="The beginning of a document; the model continues it.")],
    model: str = "world-gpt",
    max_new_tokens: int = 40,
    temperature: float = 0.0,
    seed: int = 0,
) -> None:
    """Let a model continue a text."""
    from fmcourse.prompting.ask import main

    _finish(main(prompt, model=model, max_new_tokens=max_new_tokens, temperature=temperature, seed=seed))


@app.command()
def claims(
    every: Annotated[bool, typer.Option("--all", help="The ledger: every claim as its notebook stores it.")] = False,
    page: Annotated[Path | None, typer.Option(help="Write the ledger to this file, as Markdown with links.")] = None,
) -> None:
    """Show every claim that was settled on this machine, beside the verdict the syllabus expects.

    --all shows what the course's own notebooks store in place of that; --page writes it to a file, with figures.
    """
    if every or page:
        from fmcourse.classroom.settled_page import main as ledger

        _finish(ledger(page))
    from fmcourse.classroom.claims import main

    _finish(main())


@app.command()
def progress() -> None:
    """Show what you have done so far, and what comes next."""
    from fmcourse.classroom.progress import main

    _finish(main())


@app.command()
def check(
    notebook: Annotated[str, typer.Argument(help="The number of a notebook, such as 03.")],
    file: Annotated[Path | None, typer.Argument(help="Your answers; without it, what to call them.")] = None,
    hints: Annotated[int, typer.Option(min=0, help="So many hints for each that is not solved.")] = 0,
) -> None:
    """Check answers to a notebook's exercises that stand in a file of your own."""
    from fmcourse.app.answers import main

    _finish(main(notebook, file, hints))


@app.command()
def reset(
    notebook: Annotated[str, typer.Argument(help="The number of a notebook, such as 03.")],
    folder: Copy = None,
) -> None:
    """Put a fresh copy of one notebook into your course; your edited one is kept beside it."""
    from fmcourse.app.lab import reset as do_reset
    from fmcourse.paths import copy_dir

    _finish(do_reset(notebook, folder=folder or copy_dir()))


@app.command()
def save(out: Path = Path("my-course.zip"), folder: Copy = None) -> None:
    """Pack your copy of the course and your progress into one file."""
    from fmcourse.app.packing import save as do_save
    from fmcourse.paths import copy_dir

    _finish(do_save(out=out, folder=folder or copy_dir()))


@app.command("open")
def open_(
    pack: Annotated[Path, typer.Argument(help="The file that `fmcourse save` made.")] = Path("my-course.zip"),
    folder: Copy = None,
) -> None:
    """Go on here with what was saved elsewhere: nothing that you edited here is replaced, progress is added up."""
    from fmcourse.app.packing import unpack
    from fmcourse.paths import copy_dir

    _finish(unpack(pack, folder=folder or copy_dir()))


@app.command()
def site(
    out: Annotated[Path, typer.Option(help="The folder of the site; emptied first.")] = Path("build/site"),
) -> None:
    """Build the reading site from the stored notebooks: HTML that needs no Python and no network."""
    from fmcourse.site.build import main

    _finish(main(out))


@app.command("hub-check")
def hub_check(repo: str = "hf-internal-testing/tiny-random-gpt2") -> None:
    """Say whether models can be loaded from the Hugging Face Hub from here."""
    from fmcourse.models.hub import main

    _finish(main(repo))


evidence = typer.Typer(no_args_is_help=True, help="Recorded evidence: what is there, whether it holds, making it.")
app.add_typer(evidence, name="evidence")


@evidence.command("list")
def evidence_list() -> None:
    """Name every record, its rows, when it was made and what it hangs on."""
    from fmcourse.experiments.commands import list_all

    _finish(list_all())


@evidence.command("verify")
def evidence_verify(records: Annotated[list[str] | None, typer.Argument(help="None: all.")] = None) -> None:
    """Say which records no longer match the code and data that made them, and which function changed."""
    from fmcourse.experiments.commands import verify

    _finish(verify(records or []))


@evidence.command("record")
def evidence_record(
    record: str, at_most: Annotated[int | None, typer.Option(help="So many settings, then stop.")] = None
) -> None:
    """Run an experiment and record it; a run that was stopped goes on where it was, unless the code changed."""
    from fmcourse.experiments.commands import make

    _finish(make(record, at_most))


@evidence.command("replay")
def evidence_replay(records: Annotated[list[str] | None, typer.Argument(help="None: all.")] = None) -> None:
    """Make one cheap row of each record again and compare."""
    from fmcourse.experiments.commands import replay

    _finish(replay(records or []))


@evidence.command("rebind")
def evidence_rebind(old: str, new: str, why: Annotated[str, typer.Option(help="What moved.")] = "moved") -> None:
    """Bind a record to code that only moved: refused unless every tree is equal and a row comes out again."""
    from fmcourse.experiments.commands import rebind

    _finish(rebind(old, new, why))


teaching = typer.Typer(no_args_is_help=True, help="For lecturers: assignments of a term, and their marks by nbgrader.")
app.add_typer(teaching, name="class")
Term = Annotated[Path, typer.Option(help="The term's folder.")]
Zips = Annotated[list[Path], typer.Argument(help="ana.zip, or a class's with a folder for each student.")]


@teaching.command("build")
def class_build(
    term_seed: Annotated[str | None, typer.Option(help="Secret, 12 characters or more. None: drawn and kept.")] = None,
    out: Term = Path("build/class"),
    notebooks: Annotated[list[str] | None, typer.Option("--notebook", help="A number, such as 03. None: all.")] = None,
) -> None:
    """Make a term's assignments: students/ to hand out, instructor/ (solutions, key, hidden tests) to keep."""
    from fmcourse.teaching.commands import build

    _finish(build(term_seed, out, notebooks))


@teaching.command("mark")
def class_mark(
    zips: Annotated[list[Path] | None, typer.Argument(help="Zips to take in first, as `class import` does.")] = None,
    out: Term = Path("build/class"),
    again: Annotated[bool, typer.Option(help="Mark what was marked already, too.")] = False,
    cell_seconds: Annotated[int, typer.Option(help="For each cell.")] = 60,
    seconds: Annotated[int, typer.Option(help="For a whole notebook.")] = 900,
) -> None:
    """Mark what was handed in: marks.csv, and a page of feedback for each student in returned/."""
    from fmcourse.teaching.commands import mark

    _finish(mark(zips or [], out, again, cell_seconds, seconds))


@teaching.command("import")
def class_import(zips: Zips, out: Term = Path("build/class")) -> None:
    """Take in zips of students' notebooks, in place of nbgrader's exchange."""
    from fmcourse.teaching.commands import take_in

    _finish(take_in(zips, out))


@teaching.command("export")
def class_export(out: Term = Path("build/class")) -> None:
    """Write zips to pass on: each assignment into hand-out/, each student's feedback into returned/."""
    from fmcourse.teaching.commands import give_out

    _finish(give_out(out))


if __name__ == "__main__":
    app()
