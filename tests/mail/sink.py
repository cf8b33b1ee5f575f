"""A mail server on loopback (aiosmtpd, from Debian) that keeps what it gets.

usage: sink.py FOLDER: prints its port, then writes each mail into FOLDER as 1.eml, 2.eml, ...
"""

import asyncio
import pathlib
import sys

from aiosmtpd.smtp import SMTP


class Keeper:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.number = 0

    async def handle_DATA(self, server, session, envelope):
        self.number += 1
        path = self.folder / f"{self.number}.eml"
        path.with_suffix(".part").write_bytes(envelope.content)
        path.with_suffix(".part").rename(path)
        return "250 kept"


async def main():
    keeper = Keeper(sys.argv[1])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(keeper), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
