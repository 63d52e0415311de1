"""Where the modules that judge a path put what they find: flags and one sentence each, per element."""

from __future__ import annotations

from probe.dotnet import X509ChainStatusFlags


class PathStatus:
    """Status flags and reasons of every element of one path, and of the chain as a whole."""

    __slots__ = ("chain", "flags", "reasons", "revocation_indeterminate")

    def __init__(self, length: int) -> None:
        self.flags = [X509ChainStatusFlags.NoError] * length
        self.reasons: list[list[str]] = [[] for _ in range(length)]
        self.chain = X509ChainStatusFlags.NoError
        self.revocation_indeterminate: str | None = None

    def add(self, index: int, flags: X509ChainStatusFlags, reason: str) -> None:
        """Note that the element at `index` has these flags because of `reason`."""
        self.flags[index] |= flags
        if reason not in self.reasons[index]:
            self.reasons[index].append(reason)

    @property
    def combined(self) -> X509ChainStatusFlags:
        """The OR over the elements and the chain."""
        combined = self.chain
        for flags in self.flags:
            combined |= flags
        return combined
