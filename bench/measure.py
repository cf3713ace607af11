"""Starts the app on a fresh database and plain axum beside it, loads them in turns, and prints N1 and N3 with their targets.

CPU per request is the server's own user and system time divided by requests: it holds when the machine is shared.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import ExitStack, contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple

BENCH = Path(__file__).resolve().parent
ROUNDS = 5
SECONDS = 5
TICKS = os.sysconf("SC_CLK_TCK")
# A proxy would be asked for localhost, too.
os.environ["no_proxy"] = "*"


class Bare(NamedTuple):
    cores: float
    seconds: float
    rate: float


class Load(NamedTuple):
    rate: float
    cpu: float
    p99: float


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    tools = release_folder(BENCH / "hello")[0]
    with ExitStack() as running:
        app = App(running, Path(running.enter_context(tempfile.TemporaryDirectory())))
        hello_url = f"http://127.0.0.1:{free_port()}"
        hello = running.enter_context(started([tools / "hello", hello_url.rsplit(":", 1)[1]]))
        wait_for(f"{hello_url}/hello", hello)
        rounds = []
        for number in range(1, ROUNDS + 1):
            print(f"round {number} of {ROUNDS} …", file=sys.stderr)
            rounds.append(measure(app, hello, hello_url, tools / "bare-hash"))
        app.check_signed_in()
    report(rounds)


class App:
    """The release build on a fresh database, and somebody signed in."""

    def __init__(self, running, folder):
        release, name = release_folder(BENCH.parent)
        binary = release / name
        port = free_port()
        self.url = f"http://localhost:{port}"
        # Nothing of the developer's own settings: neither their environment, nor a .env where it runs.
        settings = {
            "DATABASE_URL": f"sqlite:{folder / 'bench.db'}",
            "BIND": f"127.0.0.1:{port}",
            "BASE_URL": self.url,
            "SECRET_KEY": generated(binary),
            "LIMIT_SCALE": "1000000",
            "LOG": "info",
        }
        log = running.enter_context(open(folder / "log", "w"))
        self.process = running.enter_context(started([binary], env=settings, cwd=folder, stdout=log))
        wait_for(f"{self.url}/readyz", self.process)
        password = generated(binary)
        subprocess.run([binary, "user", "create", "ada@example.com", "ada"], env=settings, cwd=folder, input=password, text=True, check=True, capture_output=True)
        self.form = urllib.parse.urlencode({"identifier": "ada", "password": password})
        self.cookies = CookieJar()
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.sign_in()

    def sign_in(self):
        request = urllib.request.Request(f"{self.url}/login", self.form.encode(), {"Sec-Fetch-Site": "same-origin"})
        self.browser.open(request).close()
        self.check_signed_in()

    def check_signed_in(self):
        """wrk takes a redirect to the sign-in page for a good answer."""
        with self.browser.open(f"{self.url}/account") as page:
            if page.geturl() != f"{self.url}/account":
                sys.exit("the session is gone: /account redirects")

    def cookie(self):
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)


def measure(app, hello, hello_url, bare_hash):
    pages = {
        "hello": load(hello, f"{hello_url}/hello"),
        "healthz": load(app.process, f"{app.url}/healthz"),
        "account": load(app.process, f"{app.url}/account", headers=["-H", f"Cookie: {app.cookie()}"]),
    }
    before = hashes(bare_hash)
    # More would be refused: the app lets as many hash as there are cores, and 64 wait.
    login = load(app.process, f"{app.url}/login", form=app.form, connections=int(before.cores) + 30)
    # A machine that others use as well changes its speed: what it had before and after counts.
    bare = Bare(*map(mean, zip(before, hashes(bare_hash))))
    return pages | {"login": login, "bare": bare}


def hashes(bare_hash):
    return Bare(*map(float, subprocess.run([bare_hash], check=True, capture_output=True, text=True).stdout.split()))


def load(process, url, headers=(), form=None, connections=16):
    # What the load before left unfinished is not this one's.
    time.sleep(1)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--timeout", "30s", "-s", BENCH / "load.lua", *headers, url]
    environment = os.environ | ({"FORM": form} if form else {})
    before = cpu_seconds(process)
    printed = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    cpu = cpu_seconds(process) - before
    requests, seconds, p99, failed = (float(word) for word in printed.splitlines()[-1].split()[1:])
    if failed or not requests:
        sys.exit(f"{failed:.0f} of {requests:.0f} requests to {url} failed")
    return Load(rate=requests / seconds, cpu=cpu / requests * 1e6, p99=p99)


def cpu_seconds(process):
    after_name = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS


def report(rounds):
    print("\nload           requests/s  CPU a request   p99")
    for name, what in [("hello", "axum /hello"), ("healthz", "GET /healthz"), ("account", "GET /account"), ("login", "POST /login")]:
        rate, cpu, p99 = (median(values) for values in zip(*(each[name] for each in rounds)))
        print(f"{what:14} {rate:10.0f}  {cpu:10.1f} µs  {p99:7.2f} ms")
    cores, seconds, rate = (median(values) for values in zip(*(each["bare"] for each in rounds)))
    print(f"bare hash      {rate:10.0f}  on all {cores:.0f} cores at once; one alone takes {seconds * 1e3:.1f} ms, so {cores / seconds:.0f}/s at best")

    ratio = median(each["account"].cpu / each["healthz"].cpu for each in rounds)
    scaled = median(each["account"].cpu / each["hello"].cpu * 7 for each in rounds)
    logins = median(each["login"].rate * each["bare"].seconds / cores for each in rounds)
    targets = [
        ("N1", "CPU of GET /account ÷ CPU of GET /healthz", f"{ratio:.2f}", "≤ 4.5", ratio <= 4.5),
        ("N1", "CPU of GET /account where plain axum costs 7 µs", f"{scaled:.1f} µs", "≤ 60 µs", scaled <= 60),
        ("N3", "POST /login a second ÷ (cores ÷ one bare hash)", f"{logins:.2f}", "≥ 0.9", logins >= 0.9),
    ]
    print("\nid  what                                             measured   target")
    for id, what, measured, target, met in targets:
        print(f"{id:3} {what:48} {measured:>8}  {target:>7}  {'pass' if met else 'FAIL'}")
    sys.exit(not all(met for *_, met in targets))


def release_folder(project):
    """Where cargo puts the project's release build, and the name of its package."""
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1", "--manifest-path", project / "Cargo.toml"]
    metadata = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    name = next(package["name"] for package in metadata["packages"] if Path(package["manifest_path"]).parent == project)
    return Path(metadata["target_directory"]) / "release", name


def generated(binary):
    return subprocess.run([binary, "secret"], check=True, capture_output=True, text=True).stdout.strip()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def started(command, **options):
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(url, process):
    for _ in range(100):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url).close()
            return
        except urllib.error.URLError:
            time.sleep(0.1)
    sys.exit(f"{url} does not answer")


if __name__ == "__main__":
    main()
