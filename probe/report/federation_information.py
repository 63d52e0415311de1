"""The GetFederationInformation answer alone, as Get-FederationInformation prints it, and as JSON.

The names of the properties are the cmdlet's ([exchange 1.2.6]); the certificates that it also
looks at are not judged here, and the report says so; only whether one names the host is said, if it was seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from msgspec import Struct

from probe.facts import discovery as words
from probe.facts.observation import FederationInformation, Observation, StepOutcome
from probe.facts.target import with_wssecurity
from probe.judgement import caller_profile
from probe.judgement.name import hostname
from probe.report.build import copied
from probe.report.document import StepEntry, TokenIssuerEntry
from probe.report.layout import plain

SCHEMA = "probe.federation/1"
FAILED = "Federation information could not be received from the external organization."
_STEPS = (words.FEDERATION_INFORMATION, words.HTTP_REDIRECT)
_WIDTH = 21
_CMDLET_KINDS: dict[str, str] = {StepOutcome.FOUND: "Success", StepOutcome.FAILED: "Failure"}


class FederationDocument(Struct, frozen=True):
    """What the cmdlet would return for a domain. `received`: it would; `prompts`: why it would ask first."""

    schema: str
    domain: str
    received: bool
    prompts: str | None
    url: str | None
    target_autodiscover_epr: str | None
    application_uri: str | None
    domains: tuple[str, ...] | None
    token_issuers: tuple[TokenIssuerEntry, ...]
    error_code: str | None
    error_message: str | None
    server_version: str | None
    malformed: str | None
    steps: tuple[StepEntry, ...]


def document(observation: Observation) -> FederationDocument:
    """The document of one domain's answer."""
    answer = observation.federation or FederationInformation("")
    received = answer.error_code == "NoError" and answer.malformed is None
    return FederationDocument(
        schema=SCHEMA,
        domain=observation.target.domain or observation.target.input,
        received=received,
        prompts=_prompts(observation, answer.url) if received else None,
        url=answer.url or None,
        target_autodiscover_epr=with_wssecurity(answer.url) if received else None,
        application_uri=answer.application_uri,
        domains=answer.domains,
        token_issuers=tuple(copied(issuer, TokenIssuerEntry) for issuer in answer.token_issuers),
        error_code=answer.error_code,
        error_message=answer.error_message,
        server_version=answer.server_version,
        malformed=answer.malformed,
        steps=tuple(copied(step, StepEntry) for step in observation.steps if step.step in _STEPS),
    )


def render(document: FederationDocument) -> str:
    """The answer as the cmdlet prints an object, or its error; each step below."""
    return "\n".join((*_lines(document), "", *_steps(document.steps))) + "\n"


def _lines(document: FederationDocument) -> Iterator[str]:
    if document.received:
        yield _line("TargetApplicationUri", document.application_uri or "")
        yield _line("DomainNames", _set(document.domains or ()))
        yield _line("TargetAutodiscoverEpr", document.target_autodiscover_epr or "")
        yield _line("TokenIssuerUris", _set([issuer.uri for issuer in document.token_issuers]))
        yield _line("Identity", "")
        yield _line("IsValid", "True")
        yield _line("ObjectState", "Unchanged")
        if document.prompts:
            yield f"\nGet-FederationInformation would prompt: {plain(document.prompts)}"
        return
    yield FAILED
    if document.error_code not in (None, "NoError"):
        message = plain(document.error_message or "no message")
        yield f"the partner answers {plain(document.error_code or '')}: {message}"
    elif document.malformed is not None:
        yield f"the partner's answer is of no use: {plain(document.malformed)}"
    else:
        yield "nothing answered the call"


def _line(name: str, value: str) -> str:
    return f"{name:{_WIDTH}} : {plain(value, limit=4000)}".rstrip()


def _set(values: Sequence[str]) -> str:
    return "{" + ", ".join(values) + "}"


def _steps(steps: Sequence[StepEntry]) -> Iterator[str]:
    """Each attempt in the shape of the cmdlet's verbose output ([exchange 1.2.7])."""
    for step in steps:
        kind = _CMDLET_KINDS.get(step.outcome, step.outcome)
        yield f"Type={kind};Url={plain(step.url)};{plain(step.detail)}"


def _prompts(observation: Observation, url: str) -> str | None:
    """Why the cmdlet would ask before it takes this answer; None: it would not, or nothing shows it."""
    return _mismatch(observation, url) or _insecure_redirect(observation, url)


def _mismatch(observation: Observation, url: str) -> str | None:
    """InvalidSslHostname: the certificate of the host that answered does not name it.

    The call itself goes through; only the name is compared here, a broken chain is what probe check tells.
    """
    host = (urlsplit(url).hostname or "").lower()
    presented = (c.presented[0] for c in observation.connections if c.presented and c.endpoint.host == host)
    leaf = next(presented, None)
    if leaf is None:
        return None
    match = hostname.match(leaf, host, caller_profile.profile(caller_profile.DEFAULT))
    if match.matched:
        return None
    names = ", ".join(match.presented) or "no name"
    return (
        f"InvalidSslHostname, the certificate of {host} is for {names}; "
        "-TrustedHostnames answers it, but free/busy lookups there would fail"
    )


def _insecure_redirect(observation: Observation, url: str) -> str | None:
    """UnsecuredRedirect: the answer came from a host that only a redirect over plain http named."""
    found = [step for step in observation.steps if step.outcome == StepOutcome.FOUND]
    for position, step in enumerate(found):
        if step.step == words.FEDERATION_INFORMATION and step.url == url:
            before = [other for other in found[:position] if other.step == words.HTTP_REDIRECT]
            if before:
                return (
                    f"UnsecuredRedirect, the host is known from an insecure redirect only ({before[-1].url})"
                )
    return None
