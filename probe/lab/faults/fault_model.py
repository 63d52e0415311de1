"""What a fault row says: which fault, where it strikes, and the verdict it must get.

Spelled only in the vocabulary of the caller's event log, so that the rows are an oracle for judgement and no
mirror of it. The verdict is that of the default caller on the partner's EWS endpoint, unless `caller` names
another, with the trust store that the lab partner hands out.
"""

from __future__ import annotations

from dataclasses import dataclass

from probe.dotnet import SslPolicyErrors, WebExceptionStatus, X509ChainStatusFlags

ACCEPTED = SslPolicyErrors(0)


@dataclass(frozen=True, slots=True)
class Expected:
    """The verdict a fault must get.

    `outcome`: success, warning, failure or unknown. `ssl_policy_errors` and `chain_status`: None when no
    certificate is seen, or when it decides nothing. `web_exception_status` and `text`: what the caller logs;
    both None for a success, where nothing may be logged, and None elsewhere for what cannot be predicted to
    the letter, where nothing is demanded. In `text`, `{host}` stands for the requested host and `{endpoint}`
    for address and port connected to.
    """

    outcome: str
    ssl_policy_errors: SslPolicyErrors | None = None
    chain_status: X509ChainStatusFlags | None = None
    web_exception_status: WebExceptionStatus | None = None
    text: str | None = None

    def text_for(self, host: str, endpoint: str) -> str | None:
        """`text` with the placeholders filled in; `endpoint` as `127.0.0.1:443` or `[::1]:443`."""
        if self.text is None:
            return None
        return self.text.replace("{host}", host).replace("{endpoint}", endpoint)

    def disagreements(self, got: Expected) -> tuple[str, ...]:
        """What is not as demanded in a verdict, one line each; () if it is as it must be.

        `got` holds the verdict in the same words, its text with the placeholders filled in on both sides.
        """
        demands: list[tuple[str, object, object]] = [("outcome", self.outcome, got.outcome)]
        if self.ssl_policy_errors is not None:
            demands.append(("SslPolicyErrors", self.ssl_policy_errors, got.ssl_policy_errors))
        if self.chain_status is not None:
            demands.append(("chain status", self.chain_status, got.chain_status))
        nothing_logged = self.outcome in ("success", "warning")
        if nothing_logged or self.web_exception_status is not None:
            demands.append(("WebExceptionStatus", self.web_exception_status, got.web_exception_status))
        if nothing_logged or self.text is not None:
            demands.append(("text", self.text, got.text))
        return tuple(
            f"{what}: {is_value!r}, must be {must!r}" for what, must, is_value in demands if must != is_value
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a partner. `name` is stable; `phase` is where it strikes.

    Phases: resolve, connect, handshake, certificate, receive (the bytes of the answer), http (what the answer
    says). `caller` None is the default caller.
    """

    name: str
    summary: str
    phase: str
    expected: Expected
    caller: str | None = None
