"""Load from wrk, and what it cost the server."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from instance import BENCH

SECONDS = 5
TICKS = os.sysconf("SC_CLK_TCK")


class Load(NamedTuple):
    requests: int
    rate: float
    # Microseconds a request.
    cpu: float
    # Milliseconds.
    p99: float


def load(process, url, cookie=None, form=None, every=1, connections=16, seconds=SECONDS):
    """GETs, or, of `every` so many one, POSTs of the form."""
    # What the load before left unfinished is not this one's.
    time.sleep(1)
    before = cpu_seconds(process)
    printed = subprocess.run(**wrk(url, cookie, form, every, connections, seconds), check=True, stdout=subprocess.PIPE).stdout
    cpu = cpu_seconds(process) - before
    requests, duration, p99, failed = (float(word) for word in printed.splitlines()[-1].split()[1:])
    if failed or not requests:
        sys.exit(f"{failed:.0f} of {requests:.0f} requests to {url} failed")
    return Load(requests=int(requests), rate=requests / duration, cpu=cpu / requests * 1e6, p99=p99)


@contextmanager
def flood(url, form, connections):
    """The same, meanwhile; that some are refused is their own affair."""
    process = subprocess.Popen(**wrk(url, None, form, 1, connections, 3600), stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def wrk(url, cookie, form, every, connections, seconds):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", BENCH / "load.lua"]
    command += ["-H", f"Cookie: {cookie}"] if cookie else []
    environment = os.environ | ({"FORM": form, "EVERY": str(every)} if form else {})
    return {"args": [*command, url], "env": environment, "text": True}


def cpu_seconds(process):
    after_name = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS
