"""Every installed package may be used, changed and passed on, in a classroom and in a company: its licence says so."""

import importlib.metadata
import re

FREE = r"MIT|BSD|0BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Zlib|CC0|CNRI|HPND|LLVM|BSL"
COPYLEFT = r"\bA?GPL|GNU (Affero )?General Public"  # not LGPL: such a library may be called
# Read by hand, since what the package says of itself is too little or too much.
READ = {
    "axe-playwright-python": "MIT (its file LICENSE); it brings axe-core, MPL-2.0, used by tests alone",
    "docutils": "public domain, 2-clause BSD and PSF; one file for the editor Emacs is GPL, and nothing here uses it",
    "text-unidecode": "Artistic License or GPL, as one likes; it comes with JupyterLab's server",
    "XStatic-jQuery": "the MIT licence of jQuery",
}


def licence(package):
    """What a package says of its own licence: expression, else classifiers, else the first line of the field."""
    said = package.metadata
    classified = [c.split("::")[-1].strip() for c in said.get_all("Classifier") or [] if c.startswith("License ::")]
    return said.get("License-Expression") or "; ".join(classified) or (said.get("License") or "").strip().split("\n")[0]


def objection(name, said):
    """Why a licence will not do; empty when it will."""
    if name in READ:
        return ""
    if re.search(COPYLEFT, said):
        return f"{name} is under {said}, which binds what is built with it"
    return "" if re.search(FREE, said) else f"{name} says of its licence {said!r}; read it, and add it to READ"


def test_all_licences_are_permissive():
    found = [objection(p.metadata["Name"], licence(p)) for p in importlib.metadata.distributions()]
    assert len(found) > 50
    assert not list(filter(None, found)), "\n".join(filter(None, found))


def test_an_unknown_or_binding_licence_is_named():
    assert "read it" in objection("new", "")
    assert "binds" in objection("new", "GNU General Public License v3 (GPLv3)")
    assert "binds" in objection("new", "AGPL-3.0-only")
    assert not objection("new", "Apache-2.0 OR BSD-2-Clause")
