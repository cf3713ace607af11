"""What the list of people costs among a million of them, beside the same among a thousand."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from artifacts import Target
from instance import Instance
from load import load

ROUNDS = 3
MANY = 1_000_000
# What is asked for, and what shows that it was answered.
PAGES = [
    ("first page", "", "people.example"),
    ("a page in the middle", "sort=username&after=0.d", "dennis."),
    ("search", "q=a", "Ada Allen"),
    ("search that finds nothing", "q=nobody-at-all", "Nobody fits"),
    ("role of three", "role=admin", "ada@example.com"),
    ("who is deactivated", "status=deactivated", "people.example"),
    ("overview", None, "Administration"),
    ("who is active", "status=active&sort=email", "people.example"),
    ("search for who is active", "q=a&status=active", "Ada Allen"),
]


# Among a thousand there are no fifty to show, and few to count: the two are not alike.
REPORTED = ["who is deactivated", "overview"]


def people(running, postgres):
    targets = []
    for name, few, many in [("SQLite", None, None), ("PostgreSQL", *databases(postgres))]:
        small, _ = filled(running, 1000, few)
        large, seconds = filled(running, MANY, many)
        targets.append(Target("N2", f"seeding {MANY} people, {name}", f"{seconds:.0f} s", "≤ 60 s", seconds <= 60))
        for what, query, expected in PAGES:
            ratio = median(slower(small, large, query, expected) for _ in range(ROUNDS))
            target = f"time of {what} among a million ÷ among 1000, {name}"
            met = None if what in REPORTED else ratio <= 2
            targets.append(Target("N2", target, f"{ratio:.2f}", "(≤ 2)" if met is None else "≤ 2", met))
    return targets


def databases(postgres):
    """Two beside the one that is given."""
    for name in ("few", "many"):
        subprocess.run(["psql", "-q", postgres, "-c", f"CREATE DATABASE {name}"], check=True)
    return [f"{postgres.rpartition('/')[0]}/{name}" for name in ("few", "many")]


def filled(running, count, database):
    app = Instance(running, Path(running.enter_context(tempfile.TemporaryDirectory())), database)
    for username in ("ada", "bea", "cleo"):
        if username != "ada":
            app.command("user", "create", f"{username}@example.com", username, text=app.password)
        app.command("role", "grant", username, "admin")
    started_at = time.perf_counter()
    app.command("seed", "--people", str(count), "--among-others")
    return app, time.perf_counter() - started_at


def slower(small, large, query, expected):
    """By requests a second: a server beside the app counts as well."""
    rates = []
    for app in (small, large):
        url = f"{app.url}/admin" if query is None else f"{app.url}/admin/users?{query}"
        if expected not in app.browser.open(url).read().decode():
            sys.exit(f"{url} does not show {expected}")
        rates.append(load(app.process, url, cookie=app.cookie(), connections=4, seconds=2).rate)
    return rates[0] / rates[1]
