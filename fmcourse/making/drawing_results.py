"""What is measured of a model that draws, for its card and its curve: an exact reader reads what it drew.

But: one model and one seed of noise; how much they differ is for a recorded experiment.
"""

from fmcourse.making.scene_cards import row


def picture_results(loaded, n: int = 500) -> dict[str, dict]:
    """The share of fresh captions whose picture is wholly right, of each kind of question, at guidance 1 and 2, in 25
    steps."""
    from fmcourse.generation.scoring import QUESTIONS, questions, score

    out: dict[str, dict] = {}
    for what in QUESTIONS:
        asked = questions(what, n, "card")
        for guidance in (1.0, 2.0):
            found = score(loaded, asked, guidance=guidance)
            right = int((found.fits & found.legal).sum())
            out[f"{what}, guidance {guidance:g}"] = row((right, n), legal=float(found.legal.mean()))
    return out


def picture_curve(loaded, n: int = 100) -> dict[str, float]:
    """What is right in pictures of two things: each attribute, the things as they were asked for, and the scene."""
    from fmcourse.generation.scoring import questions, score

    found = score(loaded, questions("two things", n, "curve"), steps=10, guidance=2.0, fresh=False)
    parts = {name: float(right.mean()) for name, right in found.parts.items()}
    return parts | {"legal": float(found.legal.mean()), "right": found.right}


# What stands beside "wholly right" in a card: attributes that can be right alone, and how they go wrong together.
_BESIDE = {"clip": ("events", "order", "misbound"), "sound": ("words", "order", "mark"), "voxels": ("misbound",)}
_TWO = {"clip": "two things", "sound": "two words", "voxels": "two solids"}


def form_results(loaded, n: int = 500) -> dict[str, dict]:
    """The share of fresh captions whose clip, sound or solids are wholly right, at guidance 1 and 2, and its parts."""
    from fmcourse.generation.scoring_forms import QUESTIONS, score, truths

    form, out = loaded.card["form"], {}
    for what in QUESTIONS[form]:
        asked = truths(form, what, n, "card")
        for guidance in (1.0, 2.0):
            found = score(loaded, asked, guidance=guidance)
            beside = {name: (int(found.parts[name].sum()), n) for name in _BESIDE[form]}
            right = int((found.fits & found.legal).sum())
            beside = {"right_but_for_flaws": (int(found.fits.sum()), n)} | beside
            out[f"{what}, guidance {guidance:g}"] = row((right, n), float(found.legal.mean()), **beside)
    return out


def form_curve(loaded, n: int = 100) -> dict[str, float]:
    """What is right where two things, words or solids are asked for: each part, all of them, and all without a flaw."""
    from fmcourse.generation.scoring_forms import score, truths

    form = loaded.card["form"]
    found = score(loaded, truths(form, _TWO[form], n, "curve"), steps=10, guidance=2.0, fresh=False)
    parts = {name: float(right.mean()) for name, right in found.parts.items()}
    return parts | {"legal": float(found.legal.mean()), "fits": float(found.fits.mean()), "right": found.right}
