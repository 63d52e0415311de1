"""Where the modules that judge a path put what they find: flags and one sentence each, per element."""

from __future__ import annotations

from probe.dotnet import X509ChainStatusFlags

# Ours: more sentences about one certificate help nobody, and a partner chooses how many there would be.
MAXIMUM_REASONS = 20


class PathStatus:
    """Status flags and reasons of every element of one path, and of the chain as a whole.

    `flags` are sure, `uncertain` are those that the element may have or not: only this machine cannot tell.
    `doubts`: why Windows may refuse the path although no sure flag says so. `inherited`: flags that an
    element has only because a certificate above it has the fault.
    """

    __slots__ = ("_reasons", "chain", "doubts", "flags", "inherited", "revocation_indeterminate", "uncertain")

    def __init__(self, length: int) -> None:
        self.flags = [X509ChainStatusFlags.NoError] * length
        self.uncertain = [X509ChainStatusFlags.NoError] * length
        self.inherited = [X509ChainStatusFlags.NoError] * length
        self.chain = X509ChainStatusFlags.NoError
        self.doubts: list[str] = []
        self.revocation_indeterminate: str | None = None
        self._reasons: list[dict[str, None]] = [{} for _ in range(length)]

    def add(self, index: int, flags: X509ChainStatusFlags, reason: str) -> None:
        """Note that the element at `index` has these flags because of `reason`."""
        self.flags[index] |= flags
        self._explain(index, reason)

    def inherit(self, index: int, flags: X509ChainStatusFlags, reason: str) -> None:
        """Note that the element at `index` has these flags for a fault of a certificate above it."""
        self.inherited[index] |= flags & ~self.flags[index]
        self.add(index, flags, reason)

    def add_uncertain(self, index: int, flags: X509ChainStatusFlags, reason: str) -> None:
        """Note that the element at `index` may have these flags, and why nobody here knows."""
        self.uncertain[index] |= flags
        self._explain(index, reason)

    def leave_out(self, flags: X509ChainStatusFlags) -> None:
        """Make doubts of these flags, wherever they are: the caller may not check what they are about."""
        for index, sure in enumerate(self.flags) if flags else ():
            if sure & flags:
                self.flags[index] &= ~flags
                self.doubts += (
                    f"whether this server minds of a certificate that {reason} is not known: its chain "
                    "engine is set to leave such checks out"
                    for reason in self.reasons[index]
                )

    def has_room(self, index: int) -> bool:
        """Whether another reason for the element at `index` would be kept."""
        return len(self._reasons[index]) < MAXIMUM_REASONS

    def _explain(self, index: int, reason: str) -> None:
        if self.has_room(index):
            self._reasons[index][reason] = None

    @property
    def reasons(self) -> tuple[tuple[str, ...], ...]:
        """The reasons of each element, each once, in the order in which they were found."""
        return tuple(tuple(reasons) for reasons in self._reasons)

    @property
    def combined(self) -> X509ChainStatusFlags:
        """The OR of what is sure, over the elements and the chain."""
        combined = self.chain
        for flags in self.flags:
            if flags:  # nearly always there is none, and an OR of flags is dear
                combined |= flags
        return combined

    def shown(self, index: int) -> X509ChainStatusFlags:
        """What the element at `index` is shown with: what is sure, and where nothing is, what may be."""
        return self.flags[index] if self.combined else self.uncertain[index]
