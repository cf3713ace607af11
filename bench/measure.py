"""Prints what the app costs, beside plain axum and a bare hash in the same run, with its targets.

CPU per request is the server's own user and system time divided by requests: it holds when the machine is shared.
"""

import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple

from artifacts import Target, builds, first_visit, size
from instance import BENCH, Instance, free_port, release_folder, started, wait_for
from load import flood, load
from people import people

ROUNDS = 5
LOADS = [
    ("hello", "axum /hello"),
    ("healthz", "GET /healthz"),
    ("account", "GET /account"),
    ("postgres", "GET /account, PostgreSQL"),
    ("flooded", "GET /account in a flood of sign-ins"),
    ("login", "POST /login"),
]


class Bare(NamedTuple):
    cores: float
    seconds: float
    rate: float


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as running:
        rounds, targets = measure_all(running)
    with ExitStack() as running:
        targets += people(running, os.environ["BENCH_POSTGRES"])
    targets += [size(), *builds()]
    text = "\n".join([*loads_table(rounds), "", *targets_table(targets)])
    print(f"\n{text}")
    if "--keep" in sys.argv:
        keep(text)
    sys.exit(any(target.met is False for target in targets))


def measure_all(running):
    folders = [Path(running.enter_context(tempfile.TemporaryDirectory())) for _ in range(2)]
    tools = release_folder(BENCH / "hello")[0]
    app = Instance(running, folders[0])
    postgres = Instance(running, folders[1], os.environ["BENCH_POSTGRES"])
    hello_url = f"http://127.0.0.1:{free_port()}"
    hello = running.enter_context(started([tools / "hello", hello_url.rsplit(":", 1)[1]]))
    wait_for(f"{hello_url}/hello", hello)
    rounds = []
    for number in range(1, ROUNDS + 1):
        print(f"round {number} of {ROUNDS} …", file=sys.stderr)
        rounds.append(measure(app, postgres, hello, hello_url, tools / "bare-hash"))
    for each in (app, postgres):
        each.check_signed_in()
    return rounds, [*per_request(rounds), start(app), *memory(app), first_visit(app)]


def measure(app, postgres, hello, hello_url, bare_hash):
    account = {"url": f"{app.url}/account", "cookie": app.cookie()}
    pages = {
        "hello": load(hello, f"{hello_url}/hello"),
        "healthz": load(app.process, f"{app.url}/healthz"),
        "account": load(app.process, **account),
        "postgres": load(postgres.process, f"{postgres.url}/account", cookie=postgres.cookie()),
    }
    before = hashes(bare_hash)
    # More would be refused: the app lets as many hash as there are cores, and 64 wait.
    login = load(app.process, f"{app.url}/login", form=app.form, connections=int(before.cores) + 30)
    # A machine that others use as well changes its speed: what it had before and after counts.
    bare = Bare(*map(mean, zip(before, hashes(bare_hash))))
    with flood(f"{app.url}/login", app.form, connections=64):
        flooded = load(app.process, **account)
        full = app.memory()
    return pages | {"login": login, "bare": bare, "flooded": flooded, "full": full}


def hashes(bare_hash):
    return Bare(*map(float, subprocess.run([bare_hash], check=True, capture_output=True, text=True).stdout.split()))


def per_request(rounds):
    ratio = median(each["account"].cpu / each["healthz"].cpu for each in rounds)
    scaled = median(each["account"].cpu / each["hello"].cpu * 7 for each in rounds)
    logins = median(each["login"].rate * each["bare"].seconds / each["bare"].cores for each in rounds)
    p99 = median(each["flooded"].p99 for each in rounds)
    slower = median(each["flooded"].p99 / each["account"].p99 for each in rounds)
    full = max(each["full"] for each in rounds)
    postgres = median(each["postgres"].cpu / each["account"].cpu for each in rounds)
    return [
        Target("N1", "CPU of GET /account ÷ CPU of GET /healthz", f"{ratio:.2f}", "≤ 4.5", ratio <= 4.5),
        Target("N1", "CPU of GET /account where plain axum costs 7 µs", f"{scaled:.1f} µs", "≤ 60 µs", scaled <= 60),
        Target("N3", "POST /login a second ÷ (cores ÷ one bare hash)", f"{logins:.2f}", "≥ 0.9", logins >= 0.9),
        Target("N4", "p99 of GET /account in a flood of sign-ins", f"{p99:.1f} ms", "≤ 10 ms or", p99 <= 10 or slower <= 3),
        Target("N4", "the same ÷ p99 without the flood", f"{slower:.1f}", "≤ 3", p99 <= 10 or slower <= 3),
        Target("N4", "memory in the flood", f"{full:.0f} MiB", "< 300 MiB", full < 300),
        Target("N9", "CPU of GET /account on PostgreSQL ÷ on SQLite", f"{postgres:.2f}", "(≤ 2)", None),
    ]


def start(app):
    milliseconds = median(app.restart() for _ in range(5)) * 1000
    return Target("N5", "from start to first answer, existing database", f"{milliseconds:.0f} ms", "≤ 200 ms", milliseconds <= 200)


def memory(app):
    """Nobody signs in after the restart; every twentieth request saves the profile."""
    app.restart()
    used = []
    for _ in range(2):
        requests = 0
        while requests < 50_000:
            requests += load(app.process, f"{app.url}/account", cookie=app.cookie(), form="username=ada&name=Ada", every=20).requests
        used.append(app.memory())
    grown = used[1] - used[0]
    return [
        Target("N6", "memory after 100 000 requests, 5 % saves", f"{used[1]:.0f} MiB", "≤ 40 MiB", used[1] <= 40),
        Target("N6", "of which since the first 50 000", f"{grown:.1f} MiB", "≤ 1 MiB", grown <= 1),
    ]


def loads_table(rounds):
    rows = []
    for name, what in LOADS:
        rate, cpu, p99 = (median(getattr(each[name], figure) for each in rounds) for figure in ("rate", "cpu", "p99"))
        # In the flood the process hashes as well, so that its CPU is not the page's.
        rows.append([what, f"{rate:.0f}", "" if name == "flooded" else f"{cpu:.1f} µs", f"{p99:.2f} ms"])
    cores, seconds, rate = (median(values) for values in zip(*(each["bare"] for each in rounds)))
    rows.append([f"bare hash, {seconds * 1e3:.1f} ms on one of {cores:.0f} cores", f"{rate:.0f}", "", ""])
    return table(["load", "requests/s", "CPU a request", "p99"], rows)


def targets_table(targets):
    verdicts = {True: "pass", False: "FAIL", None: "reported"}
    rows = [[each.id, each.what, each.measured, each.target, verdicts[each.met]] for each in targets]
    return table(["id", "what", "measured", "target", ""], sorted(rows, key=lambda row: int(row[0][1:])))


def table(head, rows):
    widths = [max(map(len, column)) for column in zip(head, *rows)]
    line = lambda cells: "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths)) + " |"
    return [line(head), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, rows)]


def keep(text):
    models = re.findall(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text()) or [platform.machine()]
    where = f"{date.today()}, {len(os.sched_getaffinity(0))} cores of {models[0]}"
    head = "# Benchmarks\n\nThe last run of `bench/run --keep`. Compare ratios, not figures of other machines.\n"
    (BENCH.parent / "docs" / "benchmarks.md").write_text(f"{head}\n{where}.\n\n{text}\n")


if __name__ == "__main__":
    main()
