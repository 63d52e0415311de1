"""Follows the TLS records in a partner's bytes, beside OpenSSL, for the facts that OpenSSL does not tell.

These are: bytes that are no TLS at all, where in a record a connection ended, the number of an alert sent in
the clear, and the partner's handshake messages as far as they are in the clear (server_messages.py). Nothing
is decrypted and nothing is judged. Record layout: RFC 8446 section 5.1, RFC 5246 section 6.2.
"""

from __future__ import annotations

from probe.collection.connection.tls.server_messages import ServerMessages

_HEADER = 5
_CHANGE_CIPHER_SPEC, _ALERT, _HANDSHAKE, _APPLICATION_DATA = 20, 21, 22, 23
_CONTENT_TYPES = frozenset((_CHANGE_CIPHER_SPEC, _ALERT, _HANDSHAKE, _APPLICATION_DATA))
_MAJOR_VERSION = 3
_FATAL = 2


# Message codes of SSL 2.0 end here, and so do the versions that may follow its CLIENT-HELLO.
_LAST_OLD_MESSAGE, _OLD_CLIENT_HELLO = 8, 1
_OLD_VERSIONS = range(0x0200, 0x0500)


def is_old_record(data: bytes) -> bool:
    """Whether these first bytes are a whole record of SSL 2.0 to SslStream, which then asks SChannel.

    Source: referencesource System/net/System/Net/SecureProtocols/_SslState.cs DetectFraming and
    GetRemainingFrameSize [failures 5.4.3].
    """
    if len(data) < _HEADER or data[2] > _LAST_OLD_MESSAGE:
        return False
    version = data[3] << 8 | data[4]
    if data[2] == _OLD_CLIENT_HELLO and version != 2 and version not in _OLD_VERSIONS:
        return False
    length = (
        ((data[0] & 0x7F) << 8 | data[1]) + 2 if data[0] & 0x80 else ((data[0] & 0x3F) << 8 | data[1]) + 3
    )
    return _HEADER <= length <= len(data)


class RecordFollower:
    """Fed with what a partner sends, from its first byte on.

    `foreign`: the first bytes are no TLS record. `alert`: number of a fatal alert sent in the clear, or None.
    `count`: the records that have begun since `take_count` was last called. `empty`: a record had no length,
    which OpenSSL passes over and SslStream takes for an end. `messages` are the handshake messages in the
    clear, `encrypted` whether what follows no longer is.
    """

    __slots__ = (
        "_header",
        "_length",
        "_looked_at",
        "_missing",
        "_start",
        "alert",
        "count",
        "empty",
        "encrypted",
        "foreign",
        "messages",
    )

    def __init__(self) -> None:
        self.alert: int | None = None
        self.count = 0
        self.empty = False
        self.foreign = False
        self._header = b""
        self._missing = 0
        self._length = 0
        self._start = b""
        self.messages = ServerMessages()
        self.encrypted = False
        self._looked_at = True  # whether the content of the current record is looked at

    def feed(self, data: bytes) -> None:
        """Follow some more bytes. After a header that is none, nothing more is followed."""
        position, end = 0, len(data)
        while position < end and not self.foreign:
            if self._missing:
                taken = min(self._missing, end - position)
                self._missing -= taken
                if self._looked_at:
                    self._content(data[position : position + taken])
                position += taken
                if not self._missing:
                    self._header = b""
            else:
                part = data[position : position + _HEADER - len(self._header)]
                position += len(part)
                self._header += part
                self._check_header()

    def take_count(self) -> int:
        """`count`, which begins again at 0."""
        count, self.count = self.count, 0
        return count

    @property
    def cut_off(self) -> str | None:
        """Where in a record the bytes ended so far, in words, or None at a record boundary."""
        if self._missing:
            return f"after {self._length - self._missing} of {self._length} bytes of a record"
        if self._header:
            return f"after {len(self._header)} of {_HEADER} bytes of a record header"
        return None

    def _check_header(self) -> None:
        header = self._header
        if len(header) < _HEADER:
            return  # SslStream too looks at none before it has these five bytes (_SslState.cs)
        if header[0] not in _CONTENT_TYPES or header[1] != _MAJOR_VERSION:
            self.foreign = True
        else:
            self.count += 1
            self._length = self._missing = header[3] << 8 | header[4]
            self.encrypted = self.encrypted or header[0] in (_CHANGE_CIPHER_SPEC, _APPLICATION_DATA)
            self._looked_at = not self.encrypted or header[0] == _ALERT
            self._start = b""
            if not self._missing:
                self._header = b""
                self.empty = True

    def _content(self, part: bytes) -> None:
        kind = self._header[0]
        if kind == _ALERT and self._length == 2:
            self._start += part
            if len(self._start) == 2 and self._start[0] == _FATAL:
                self.alert = self._start[1]
        elif kind == _HANDSHAKE and not self.encrypted:
            self.messages.feed(part)
