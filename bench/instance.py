"""The release build on a database of its own, and somebody signed in."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path

BENCH = Path(__file__).resolve().parent
# A proxy would be asked for localhost, too.
os.environ["no_proxy"] = "*"


class Instance:
    def __init__(self, running, folder, database=None, **settings):
        release, name = release_folder(BENCH.parent)
        self.binary = release / name
        self.folder = folder
        self.running = running
        port = free_port()
        self.url = f"http://localhost:{port}"
        # Nothing of the developer's own settings: neither their environment, nor a .env where it runs.
        self.settings = {
            "DATABASE_URL": database or f"sqlite:{folder / 'bench.db'}",
            "BIND": f"127.0.0.1:{port}",
            "BASE_URL": self.url,
            "SECRET_KEY": generated(self.binary),
            "LIMIT_SCALE": "1000000",
            "MAIL": "off",
            # /healthz writes its line here only: what /account is compared with shall do all that /account does besides its own.
            "LOG": "info,request=debug",
            **settings,
        }
        self.start()
        self.password = generated(self.binary)
        self.command("user", "create", "ada@example.com", "ada", text=self.password)
        self.form = urllib.parse.urlencode({"identifier": "ada", "password": self.password})
        self.cookies = CookieJar()
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.sign_in()

    def start(self):
        """Seconds until it answers."""
        log = self.running.enter_context(open(self.folder / "log", "a"))
        options = {"env": self.settings, "cwd": self.folder, "stdout": log, "stderr": subprocess.DEVNULL}
        started_at = time.perf_counter()
        self.process = self.running.enter_context(started([self.binary], **options))
        wait_for(f"{self.url}/login", self.process)
        return time.perf_counter() - started_at

    def command(self, *arguments, text=None):
        """At the command line, on the same database."""
        command = [self.binary, *arguments]
        subprocess.run(command, env=self.settings, cwd=self.folder, input=text, text=True, check=True, capture_output=True)

    def restart(self):
        """Seconds until it answers again, as after an update. Who was signed in still is."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        return self.start()

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

    def memory(self):
        """Mebibytes of this process, shared ones in proportion."""
        lines = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


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
    for _ in range(5000):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url).close()
            return
        except urllib.error.URLError:
            time.sleep(0.002)
    sys.exit(f"{url} does not answer")
