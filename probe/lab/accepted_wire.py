"""The server's end of one connection: plain bytes, and TLS over memory buffers.

A lab partner has to do on purpose what servers avoid: send a reset, close without close_notify, stop in the
middle of a record. So it owns its sockets. Everything else it does with care: closing a socket that holds
unread data makes the kernel send a reset, so an orderly close drains what still comes.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct

_CHUNK = 65536
_RECORD_HEADER = 5
_TLS_HANDSHAKE = 0x16
_DRAIN_SECONDS = 5.0


class Hangup(Exception):  # noqa: N818  # an event of the conversation, not an error
    """The caller ended the connection, or will not go on with it."""


class AcceptedWire:
    """One accepted connection below TLS. Closing twice does nothing; who accepted it closes it at last."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)  # noqa: FBT003
        try:
            # A small answer must not wait for the acknowledgement of the one before (Nagle).
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            pass  # some systems refuse to touch a socket whose caller is gone; reading will tell
        self._socket = connection
        self._loop = asyncio.get_running_loop()

    async def receive(self) -> bytes:
        """What the caller sends next.

        Raises:
            Hangup: the caller closed or reset the connection.
        """
        try:
            data = await self._loop.sock_recv(self._socket, _CHUNK)
        except OSError as broken:
            raise Hangup from broken
        if not data:
            raise Hangup
        return data

    async def send(self, data: bytes) -> None:
        """Send all of `data`.

        Raises:
            Hangup: the caller is gone.
        """
        try:
            await self._loop.sock_sendall(self._socket, data)
        except OSError as broken:
            raise Hangup from broken

    async def client_hello(self) -> bytes:
        """Everything up to the end of the first TLS record, or the first bytes if they are no TLS.

        Raises:
            Hangup: the caller closed the connection before it was complete.
        """
        data = b""
        while not _has_record(data):
            data += await self.receive()
        return data

    def reset(self) -> None:
        """End the connection with a TCP reset: no lingering makes the kernel send one on close."""
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _no_linger())
        except OSError:
            pass  # closed already, or the caller was first with its own reset
        finally:
            self._socket.close()

    async def close(self) -> None:
        """End the connection with a FIN, and read on until the caller has closed too."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
            async with asyncio.timeout(_DRAIN_SECONDS):
                await self.wait_for_hangup()
        except (OSError, TimeoutError):
            pass  # the caller is gone already, or does not want to go
        finally:
            self._socket.close()

    async def wait_for_hangup(self) -> None:
        """Read and forget until the caller ends the connection."""
        try:
            while True:
                await self.receive()
        except Hangup:
            return


def _has_record(data: bytes) -> bool:
    if len(data) < _RECORD_HEADER:
        return bool(data) and data[0] != _TLS_HANDSHAKE
    if data[0] != _TLS_HANDSHAKE:
        return True
    return len(data) >= _RECORD_HEADER + int.from_bytes(data[3:5], "big")


def _no_linger() -> bytes:
    # struct linger is two ints on POSIX and two unsigned shorts on Windows.
    import sys

    return struct.pack("HH" if sys.platform == "win32" else "ii", 1, 0)


class Channel:
    """A TLS session over a wire, as its server."""

    def __init__(self, wire: AcceptedWire, context: ssl.SSLContext) -> None:
        self.wire = wire
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    async def begin(self, client_hello: bytes) -> bool:
        """Answer the ClientHello with everything due up to the caller's next flight; True if none is due.

        Raises:
            Hangup: there will be no session; the alert that says why has been sent.
        """
        self._incoming.write(client_hello)
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as refused:
            raise Hangup from refused
        finally:
            await self._flush()
        return True

    async def handshake(self, client_hello: bytes) -> None:
        """Finish the handshake that `client_hello` began.

        Raises:
            Hangup: there will be no session.
        """
        while not await self.begin(client_hello):
            client_hello = await self.wire.receive()

    async def receive(self) -> bytes:
        """What the caller sends next, decrypted.

        Raises:
            Hangup: the caller ended the session or the connection.
        """
        while True:
            try:
                data = self._tls.read(_CHUNK)
            except ssl.SSLWantReadError:
                await self._flush()
                self._incoming.write(await self.wire.receive())
            except ssl.SSLError as broken:
                await self._flush()
                raise Hangup from broken
            else:
                if not data:
                    raise Hangup
                return data

    async def send(self, data: bytes) -> None:
        """Send all of `data`, encrypted.

        Raises:
            Hangup: the caller is gone.
        """
        self._tls.write(data)
        await self._flush()

    async def send_bad_record_alert(self) -> None:
        """Send the fatal alert 20, bad_record_mac, encrypted as the session's own.

        The library sends no alert on request, but it does on a record that cannot be authentic.
        """
        self._incoming.write(b"\x17\x03\x03\x00\x20" + bytes(32))
        try:
            self._tls.read(_CHUNK)
        except ssl.SSLError:
            await self._flush()

    async def close(self) -> None:
        """End the session with close_notify, then the connection."""
        try:
            self._tls.unwrap()
        except ssl.SSLError:
            pass  # the caller's own close_notify has not come yet, and is not waited for
        try:
            await self._flush()
        except Hangup:
            pass  # nobody is left to be told
        await self.wire.close()

    async def _flush(self) -> None:
        data = self._outgoing.read()
        if data:
            await self.wire.send(data)
