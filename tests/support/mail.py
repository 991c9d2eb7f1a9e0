"""A real SMTP server on loopback that keeps what it is sent, and refuses what a test says."""

import asyncio
import queue
import socket
import threading
from collections import deque
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP

WAIT_SECONDS = 30


class MailServer:
    """Bound at once, so that its port is known and nobody else's; until `listen` it refuses connections."""

    def __init__(self, *, ssl=None, **options):
        """`ssl`: a context for encryption from the first byte on; `options` of aiosmtpd's SMTP."""
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._ssl, self._options = ssl, options
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail-server", daemon=True)
        self._server = None
        self._arrived = queue.Queue()
        self.refused_recipients = {}
        """Answers by address."""
        self.answers = deque()
        """What the next messages are answered instead of being kept."""

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_error):
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(WAIT_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WAIT_SECONDS)
        self._loop.close()
        self._socket.close()

    def listen(self):
        """From here on it answers."""
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(WAIT_SECONDS)
        return self

    async def _open(self):
        def protocol():
            return SMTP(self, hostname="mail.test", loop=self._loop, **self._options)

        self._server = await self._loop.create_server(protocol, sock=self._socket, ssl=self._ssl)

    async def _close(self):
        if self._server:
            self._server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            await asyncio.sleep(0)

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if answer := self.refused_recipients.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):
        if self.answers:
            return self.answers.popleft()
        self._arrived.put((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"

    def next(self):
        """The next message that came, and whom it is for; waits for it."""
        return self._arrived.get(timeout=WAIT_SECONDS)

    @property
    def is_empty(self):
        """Whether everything that came has been looked at."""
        return self._arrived.empty()


def parts_of(message):
    """Text and HTML of a message."""
    return tuple(message.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html"))
