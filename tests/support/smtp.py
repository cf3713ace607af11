"""An SMTP server for tests. Keeps each mail that it takes as a file of the folder, or fails as the folder's file `mode` says:
550, 535 and 421 refuse a recipient, `hang` says nothing after EHLO, `drop` hangs up after DATA."""

import asyncio
import itertools
import sys
import time
from pathlib import Path

from aiosmtpd.controller import Controller

folder, port = Path(sys.argv[1]), int(sys.argv[2])
numbers = itertools.count()


def mode():
    file = folder / "mode"
    return file.read_text().strip() if file.exists() else "ok"


class Handler:
    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        if mode() == "hang":
            await asyncio.sleep(3600)
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        if mode() == "535":
            return "535 5.7.8 bad credentials"
        if mode() == "550":
            return f"550 5.1.1 <{address}> is nobody here"
        if mode() == "421":
            return f"421 4.3.2 try <{address}> again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = folder / f"{next(numbers):05}.eml"
        name.with_suffix(".part").write_bytes(envelope.content)
        name.with_suffix(".part").rename(name)
        if mode() == "drop":
            server.transport.close()
        return "250 OK"


controller = Controller(Handler(), hostname="127.0.0.1", port=port)
controller.start()
print("ready", flush=True)
while True:
    time.sleep(60)
