"""The reading site built, and every page looked at: `python -m tests.full.reading_site [--built FOLDER] [PAGES]`.

A line for each page: in either theme how many grave things axe finds (serious or critical) and how many others, by the
rules of WCAG 2.2 AA and axe's own best practice; the stops of the Tab key; and then what else is wrong. The exit code
is 1 when something is grave or wrong. PAGES: these alone.
"""

import argparse
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from fmcourse.authoring import access
from tests.harness.plugin import ROOT
from tests.site import audit

SITE = ROOT / "build" / "full" / "site"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--built", type=Path, help="a site that is built already")
    parser.add_argument("pages", nargs="*")
    wanted = parser.parse_args(arguments)
    folder, began = wanted.built or SITE, time.monotonic()
    if not wanted.built:
        if done := subprocess.run([sys.executable, "-m", "fmcourse", "site", "--out", folder], cwd=ROOT).returncode:
            return done
    bad, minor = 0, Counter[str]()
    with audit.served(folder.resolve()) as address, access.browser() as chromium:
        names = wanted.pages or [*audit.pages(folder), "search.html?q=attention"]
        print(f"{'page':<52}{'light':>9}{'dark':>9}{'stops':>7}   wrong", flush=True)
        for name in names:
            seen = audit.look(chromium, address, name)
            grave = [f"{theme}: {said}" for theme in audit.THEMES for said in seen.grave(theme)]
            counts = "".join(f"{seen.counted(theme):>9}" for theme in audit.THEMES)
            print(f"{name:<52}{counts}{seen.stops:>7}   {len(seen.wrong)}", flush=True)
            for line in [*grave, *seen.wrong]:
                print(f"    {line}", flush=True)
            bad += len(grave) + len(seen.wrong)
            minor.update(r["rule"] for t in audit.THEMES for r in seen.rows[t] if r["impact"] not in audit.GRAVE)
    print(f"{len(names)} pages in {len(audit.THEMES)} themes, {time.monotonic() - began:.0f} s: {bad} grave or wrong")
    print("not grave:", ", ".join(f"{rule} {n}" for rule, n in minor.most_common()) or "nothing")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
