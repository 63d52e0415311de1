"""One connection that we own: our socket (tcp.py), TLS in memory, and every way it can end told apart.

`ssl.SSLSocket` and the HTTP libraries flatten a reset, an orderly close and a bare FIN into one error
(CONTRIBUTING.md, decision 1); here each stays what it was, as a `WireFailure` with its phase. Knows nothing
of HTTP, and concludes nothing.
"""

from __future__ import annotations

import asyncio
import ssl

from msgspec.structs import replace

from probe.collection.connection.failures import WireError
from probe.collection.connection.phases import PhaseClock
from probe.collection.connection.raw_connection import RawConnection
from probe.collection.connection.tls import openssl
from probe.collection.connection.tls.tls_records import RecordFollower, is_old_record
from probe.collection.settings import Limits
from probe.facts.certificate import Certificate
from probe.facts.observation import FailureKind, Phase, WireFailure
from probe.facts.tls_negotiation import Negotiation, TlsSession

_READ_SIZE = 32_768
_EMPTY = ssl.MemoryBIO()
_DEFAULT_LIMITS = Limits()


class Wire(RawConnection):
    """A raw connection with TLS in memory, once a handshake was done; plain until then.

    `ended` is set once `read` has returned b"", `secured` when a handshake has finished. `session` and
    `presented` are what came of it, `negotiation` what the partner's handshake messages chose.
    """

    __slots__ = (
        "_incoming",
        "_limits",
        "_outgoing",
        "_records",
        "_tls",
        "negotiation",
        "presented",
        "secured",
        "session",
    )

    def __init__(self, clock: PhaseClock, limits: Limits = _DEFAULT_LIMITS) -> None:
        super().__init__(clock)
        self.session: TlsSession | None = None
        self.presented: tuple[Certificate, ...] = ()
        self.negotiation: Negotiation | None = None
        self.secured = asyncio.Event()
        self._limits = limits
        self._tls: ssl.SSLObject | None = None
        self._records: RecordFollower | None = None
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()

    async def handshake(self, context: ssl.SSLContext, server_name: str | None) -> None:
        """Do the TLS handshake; afterwards session and presented certificates are known.

        Raises:
            WireError: it failed. `presented` holds what came before that.
        """
        self.clock.enter(Phase.HANDSHAKE)
        self.budget.begin_handshake(self._limits)
        self._records = RecordFollower()
        try:
            self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        except ValueError as unusable:
            raise self._break(FailureKind.NOTHING_TO_OFFER, f"no server name: {unusable}") from None
        try:
            while not self._handshake_step():
                await self._flush()
                if not await self._fill():
                    raise self._ended_early()
            await self._flush()
        except WireError:
            self._keep_seen_certificates()
            raise
        self.session = openssl.session(self._tls, server_name)
        self.presented = openssl.presented(self._tls, self._limits.presented_certificates)
        self.negotiation = self._records.messages.negotiation
        if self.negotiation is not None and len(self.presented) == self._limits.presented_certificates:
            octets = max(self.negotiation.largest_message, openssl.certificate_octets(self._tls))
            self.negotiation = replace(self.negotiation, largest_message=octets)
        self._records.messages.forget()
        self.secured.set()

    async def exchange_hello(self, hello: bytes) -> None:
        """Send a ClientHello and read what is answered in the clear, up to ServerHelloDone.

        Raises:
            WireError: it was refused, ended early, or exceeded the budget of a handshake. `negotiation` and
                `presented` hold what came before.
        """
        self.clock.enter(Phase.HANDSHAKE)
        self.budget.begin_handshake(self._limits)
        records = self._records = RecordFollower()
        try:
            await self._send(hello)
            while not records.messages.complete:
                self.demand_time()
                data = await self._receive()
                if not data:
                    raise self._ended_early()
                records.feed(data)
                self._spend(len(data), records.take_count())
                self._check_flight(records)
        finally:
            self.negotiation = records.messages.negotiation
            clear = records.messages.partial_certificates()[: self._limits.presented_certificates]
            self.presented = tuple(Certificate(der) for der in clear)

    def _check_flight(self, records: RecordFollower) -> None:
        if records.messages.complete:
            return
        if records.foreign:
            raise self._break(FailureKind.NOT_TLS, "the answer is no TLS record")
        if records.alert is not None:
            raise self._break(FailureKind.ALERT, "", alert=records.alert)
        if records.encrypted:
            raise self._break(FailureKind.TLS_ERROR, "encrypted before ServerHelloDone")

    async def read(self) -> bytes:
        """Some bytes from the partner; b"" when it ended, and `ended` says how.

        Raises:
            WireError: reset, alert, broken record, or out of time.
        """
        if self.phase is not Phase.TUNNEL:
            self.clock.enter(Phase.RECEIVE)
        if self._tls is None:
            data = await self._receive()
            self._spend(len(data))
            if not data:
                self.ended = WireFailure(self.phase, FailureKind.CLOSED)
            return data
        while True:
            plain = self._decrypted()
            if plain is not None:
                return plain
            await self._flush()
            if not await self._fill():
                self.ended = self._end_of_stream()
                return b""

    async def write(self, data: bytes) -> None:
        """Send all of `data`.

        Raises:
            WireError: reset, or out of time.
        """
        if self.phase is not Phase.TUNNEL:
            self.clock.enter(Phase.SEND)
        if self._tls is None:
            await self._send(data)
            return
        try:
            self._tls.write(data)
        except ssl.SSLError as error:
            raise self._tls_error(error) from None
        await self._flush()

    def stale(self) -> bool:
        """Whether an idle connection has been ended by the partner, without waiting.

        Session tickets that arrive on an idle TLS 1.3 connection do not make it stale.
        """
        if not self._tcp.is_open or self.failure or self.ended:
            return True
        try:
            data = self._tcp.receive_now()
        except OSError:
            return True
        if data is None:
            return False
        if not data or self._tls is None:
            return True
        self._accept(data)
        try:
            self._tls.read(1)
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError:
            return True
        # Bytes before any request are no answer to one.
        return True

    def close(self) -> None:
        """Close the socket without close_notify: SslStream of .NET Framework sends none when closed.

        What TLS held is let go, because the wire itself is kept until its target is done.
        """
        if self._tcp.is_open:
            self.clock.stop()
            self._tcp.close()
        self._tls = None
        self._incoming = self._outgoing = _EMPTY

    async def _flush(self) -> None:
        if self._outgoing.pending:
            await self._send(self._outgoing.read())

    async def _fill(self) -> bool:
        data = await self._receive()
        self._accept(data)
        self._spend(len(data), self._records.take_count() if self._records else 0)
        return bool(data)

    def _accept(self, data: bytes) -> None:
        assert self._records is not None  # noqa: S101  # TLS has started
        self._records.feed(data)
        self._incoming.write(data)
        if self._records.foreign and self.session is None:
            if is_old_record(data):
                raise self._break(FailureKind.TLS_ERROR, "SSL_2_RECORD")
            raise self._break(FailureKind.NOT_TLS, f"the first bytes are {data[:64]!r}")
        self._demand_computable_group(self._records)

    def _demand_computable_group(self, records: RecordFollower) -> None:
        """A modulus of 10,000 bits costs more than a second of CPU, in which nothing else goes on."""
        bits = records.messages.prime_bits
        if bits is not None and bits > self._limits.diffie_hellman_bits:
            limit = self._limits.diffie_hellman_bits
            raise self._break(
                FailureKind.TLS_ERROR,
                f"a Diffie-Hellman group of {bits} bits; here at most {limit} are computed",
            )

    def _send_now(self) -> None:
        if self._tcp.is_open and self._outgoing.pending:
            try:
                self._tcp.send_now(self._outgoing.read())
            except OSError:
                pass  # a farewell that cannot be sent is not worth waiting for

    def _handshake_step(self) -> bool:
        assert self._tls is not None  # noqa: S101  # set by handshake
        # A step may cost a second of CPU (a large Diffie-Hellman group), so none is begun too late.
        self.demand_time()
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLZeroReturnError:
            raise self._break(FailureKind.CLOSE_NOTIFY, "") from None
        except ssl.SSLError as error:
            raise self._tls_error(error) from None
        return True

    def _decrypted(self) -> bytes | None:
        """Bytes that are there already; b"" after close_notify, None if more must be read first."""
        assert self._tls is not None  # noqa: S101  # read has seen to it
        try:
            data = self._tls.read(_READ_SIZE)
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLZeroReturnError:
            data = b""
        except ssl.SSLError as error:
            raise self._tls_error(error) from None
        if not data:
            self.ended = WireFailure(self.phase, FailureKind.CLOSE_NOTIFY)
        return data

    def _end_of_stream(self) -> WireFailure:
        cut_off = self._records.cut_off if self._records else None
        if cut_off:
            return WireFailure(self.phase, FailureKind.TRUNCATED, detail=cut_off)
        return WireFailure(self.phase, FailureKind.CLOSED)

    def _ended_early(self) -> WireError:
        if self._records is not None and self._records.empty:
            # SslStream fails on the empty record itself ([failures 5.4.4], net_auth_eof), not on the end.
            return self._break(FailureKind.TLS_ERROR, "EMPTY_RECORD")
        self.failure = self.ended = self._end_of_stream()
        return WireError(self.failure)

    def _keep_seen_certificates(self) -> None:
        assert self._tls is not None  # noqa: S101  # the handshake had started
        assert self._records is not None  # noqa: S101  # the handshake had started
        self.negotiation = self._records.messages.negotiation
        self.presented = openssl.presented(self._tls, self._limits.presented_certificates)
        if not self.presented:
            clear = self._records.messages.partial_certificates()[: self._limits.presented_certificates]
            self.presented = tuple(Certificate(der) for der in clear)

    def _tls_error(self, error: ssl.SSLError) -> WireError:
        self._send_now()
        clear = self._records.alert if self._records else None
        number = openssl.alert_number(error)
        kind = openssl.kind_of(error)
        if kind is FailureKind.TLS_ERROR and clear is not None:
            kind, number = FailureKind.ALERT, clear
        detail = error.reason or str(error)
        return self._break(kind, detail, alert=number)
