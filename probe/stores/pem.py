"""PEM: the labelled base64 blocks of RFC 7468, with anything between them.

Splits and decodes base64, and reads no certificate: a store is read in full before the first chain is
built, and most of its members are never looked at again.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from dataclasses import dataclass

from probe.errors import TrustStoreError

BEGIN = b"-----BEGIN "
_DASHES = b"-----"
_WHITESPACE = b" \t\r\n\v\f\0"
_LONGEST_LABEL = 64


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its label (`CERTIFICATE`) and its undecoded body. `number` counts from 1 in the text."""

    number: int
    label: str
    body: bytes

    def decoded(self) -> bytes:
        """The bytes in the block, strictly: a stray character is damage, not something to pass over.

        Raises:
            TrustStoreError: the body is not base64.
        """
        try:
            return binascii.a2b_base64(self.body.translate(None, _WHITESPACE), strict_mode=True)
        except binascii.Error as refused:
            raise TrustStoreError(
                f"block {self.number} ({self.label}) is not valid base64: get an undamaged copy"
            ) from refused


def blocks(text: bytes) -> Iterator[Block]:
    """Every block in order. Linear in the size of the text, whatever is in it.

    Raises:
        TrustStoreError: a block begins and never ends.
    """
    position, number = 0, 0
    while (start := text.find(BEGIN, position)) >= 0:
        label_start = start + len(BEGIN)
        label_end = text.find(_DASHES, label_start, label_start + _LONGEST_LABEL)
        label = text[label_start:label_end] if label_end >= 0 else b""
        if not label or b"\n" in label:
            position = label_start
            continue
        number += 1
        ending = b"-----END " + label + _DASHES
        body_start = label_end + len(_DASHES)
        body_end = text.find(ending, body_start)
        if body_end < 0:
            raise TrustStoreError(
                f"block {number} ({label.decode('ascii', 'replace')}) has no end line: the file is cut off"
            )
        yield Block(number, label.decode("ascii", "replace"), text[body_start:body_end])
        position = body_end + len(ending)
