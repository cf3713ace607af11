"""What can be weighed without load: the binary, the builds, a first visit. And what a target is."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

from instance import BENCH, release_folder


class Target(NamedTuple):
    id: str
    what: str
    measured: str
    target: str
    # None: reported only.
    met: bool | None


def size():
    release, name = release_folder(BENCH.parent)
    megabytes = (release / name).stat().st_size / 1e6
    return Target("N7", "release binary, stripped", f"{megabytes:.1f} MB", "≤ 30 MB", megabytes <= 30)


def first_visit(app):
    """What a browser without a cache fetches for the home page."""
    page = fetch(app.url, "identity").decode()
    files = sorted(set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page)))
    kilobytes = sum(len(fetch(f"{app.url}{path}", "br, gzip")) for path in ["/", *files]) / 1000
    return Target("N10", f"first visit, {len(files) + 1} files, compressed", f"{kilobytes:.1f} KB", "≤ 25 KB", kilobytes <= 25)


def fetch(url, encoding):
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept-Encoding": encoding})) as answer:
        return answer.read()


def builds():
    """Reported: it depends on the machine more than on the app."""
    print("building from scratch …", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(BENCH.parent, copy, ignore=shutil.ignore_patterns("target", ".git"))
        clean = build(copy)
        template = copy / "templates" / "home.html"
        template.write_text(template.read_text() + "\n")
        again = build(copy)
    return [
        Target("N8", "debug build from scratch", f"{clean:.0f} s", "(≤ 240 s)", None),
        Target("N8", "debug build after editing a template", f"{again:.1f} s", "(≤ 6 s)", None),
    ]


def build(folder):
    started_at = time.perf_counter()
    environment = os.environ | {"CARGO_TARGET_DIR": str(folder / "target")}
    subprocess.run(["cargo", "build", "--quiet"], cwd=folder, env=environment, check=True)
    return time.perf_counter() - started_at
