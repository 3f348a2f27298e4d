"""Where the course is public: `[tool.fmcourse] repository` in pyproject.toml, the one place; and links made of it.

After a change there, `python -m fmcourse.authoring.pages` rewrites every page. While the setting is empty, nothing
links anywhere. But: nothing here asks whether the address answers.
"""

import re
import tomllib

from fmcourse.paths import course_root

_COLAB, _BINDER = "https://colab.research.google.com/github", "https://mybinder.org/v2/gh"


def public() -> tuple[str, str] | None:
    """OWNER/REPOSITORY on GitHub, and the branch; None while no address is set, and in a wheel, which has no setting.

    ValueError for an address that neither Colab nor Binder could open.
    """
    file = course_root() / "pyproject.toml"
    setting = tomllib.loads(file.read_text(encoding="utf-8"))["tool"].get("fmcourse", {}) if file.is_file() else {}
    repository = setting.get("repository", "").strip().removesuffix("/").removesuffix(".git")
    if not repository:
        return None
    found = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+)", repository)
    if not found:
        raise ValueError(f"repository in pyproject.toml is {repository!r}; write it as https://github.com/OWNER/NAME.")
    return found[1], setting.get("branch", "main")


def to_install(place: tuple[str, str] | None) -> str:
    """What pip is given to install the course from there; empty without a place.

    >>> to_install(("owner/name", "main"))
    'git+https://github.com/owner/name@main'
    """
    return "git+https://github.com/{}@{}".format(*place) if place else ""


def links(path: str, place: tuple[str, str] | None) -> str:
    """A line with links that open the notebook at `path` without installing; empty without a place.

    >>> links("notebooks/00_a.ipynb", ("owner/name", "main"))[:66]
    'Elsewhere: [Google Colab](https://colab.research.google.com/github'
    """
    if not place:
        return ""
    name, branch = place
    return (
        f"Elsewhere: [Google Colab]({_COLAB}/{name}/blob/{branch}/{path}), "
        f"[Binder]({_BINDER}/{name}/{branch}?urlpath=lab/tree/{path})."
    )
