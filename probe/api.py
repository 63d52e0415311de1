"""The composition root: check = collect, then judge. The only module that joins the two.

What scripts import as `probe.check` and the like lives here under its real name; the package root only
re-exports it. Heavy rooms (asyncio and h11 through collect) are entered when they are needed.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from probe.dotnet import SslPolicyErrors, WebExceptionStatus, X509ChainStatusFlags
from probe.errors import UsageError
from probe.facts import target as targets
from probe.facts.certificate import Certificate
from probe.facts.extensions import SERVER_AUTHENTICATION
from probe.facts.observation import HandshakeOffer, Observation
from probe.facts.target import Target
from probe.facts.trust import TrustStore
from probe.judgement import caller as callers_module
from probe.judgement import judge as judging
from probe.judgement import result as results
from probe.judgement.caller import Caller
from probe.judgement.model import Judgement
from probe.judgement.result import Result
from probe.judgement.thresholds import DEFAULT_THRESHOLDS, Thresholds

if TYPE_CHECKING:
    from probe.collection.settings import Settings

__all__ = [
    "SslPolicyErrors",
    "WebExceptionStatus",
    "X509ChainStatusFlags",
    "check",
    "check_async",
    "collect",
    "collect_async",
    "judge",
    "judge_chain",
    "judge_result",
    "load_trust",
]

TrustLike = TrustStore | str | Sequence[str] | None
CallerLike = Caller | str


def load_trust(trust: TrustLike, *, root_auto_update: bool = True) -> TrustStore:
    """The trust store that `trust` names; None is the platform's default, a store is returned as it is.

    Raises:
        TrustStoreError, InputMissingError: a store cannot be read.
    """
    if isinstance(trust, TrustStore):
        return trust
    from probe.stores import loading

    specs = loading.default_specs() if trust is None else [trust] if isinstance(trust, str) else list(trust)
    return loading.load(specs, root_auto_update=root_auto_update)


def load_caller(caller: CallerLike) -> Caller:
    """The caller profile of this name; a profile is returned as it is.

    Raises:
        UsageError: no profile has this name.
    """
    return caller if isinstance(caller, Caller) else callers_module.profile(caller)


def collect(target: str | Target, *, settings: Settings | None = None, **changes: Any) -> Observation:
    """Everything that can be seen of a target, judged by nobody. Keywords are fields of the settings.

    Raises:
        TargetError: the target is none.
    """
    return asyncio.run(collect_async(target, settings=settings, **changes))


async def collect_async(
    target: str | Target, *, settings: Settings | None = None, **changes: Any
) -> Observation:
    """As `collect`, awaitable."""
    from probe.collection import collector
    from probe.collection.settings import Settings

    parsed = target if isinstance(target, Target) else targets.parse(target)
    chosen = settings or Settings()
    return await collector.collect(parsed, dataclasses.replace(chosen, **changes) if changes else chosen)


def check(
    target: str | Target,
    *,
    trust: TrustLike = None,
    callers: Sequence[CallerLike] = (callers_module.DEFAULT,),
    at: datetime | None = None,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    settings: Settings | None = None,
    **changes: Any,
) -> Result:
    """Find the partner's endpoints, connect, and judge them for each caller. Keywords change settings.

    Raises:
        TargetError, UsageError: the target, a caller, the moment or a setting cannot be used.
        TrustStoreError, InputMissingError: a trust store cannot be read.
    """
    return asyncio.run(
        check_async(
            target,
            trust=trust,
            callers=callers,
            at=at,
            thresholds=thresholds,
            settings=settings,
            **changes,
        )
    )


async def check_async(
    target: str | Target,
    *,
    trust: TrustLike = None,
    callers: Sequence[CallerLike] = (callers_module.DEFAULT,),
    at: datetime | None = None,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    settings: Settings | None = None,
    **changes: Any,
) -> Result:
    """As `check`, awaitable."""
    _demand_time_zone(at)
    store = load_trust(trust)
    profiles = tuple(load_caller(caller) for caller in callers)
    prepared = settings_for(profiles, store, settings, **changes)
    observation = await collect_async(target, settings=prepared)
    return judge_result(observation, trust=store, callers=profiles, at=at, thresholds=thresholds)


def settings_for(
    callers: Sequence[Caller], trust: TrustStore, settings: Settings | None = None, **changes: Any
) -> Settings:
    """Settings that connect as these callers would, and fetch no issuer that the store already knows.

    CRLs and OCSP answers are fetched if the settings, or one of the callers, ask for them.

    Raises:
        UsageError: a keyword names no setting.
    """
    from probe.collection.settings import Settings

    base = settings or Settings()
    known = {field.name for field in dataclasses.fields(base)}
    for name in changes:
        if name not in known:
            raise UsageError(f"{name} is no setting of a check: it has {', '.join(sorted(known))}")
    offers = tuple(dict.fromkeys(offer_of(caller) for caller in callers))
    known_subjects = frozenset(trust.roots_by_subject) | frozenset(trust.intermediates_by_subject)
    wider = tuple((offer_of(c).shape, offer) for c in callers if (offer := wider_offer_of(c)) is not None)
    prepared = dataclasses.replace(base, offers=offers, wider=wider, known_subjects=known_subjects)
    if prepared.revocation or any(caller.revocation for caller in callers):
        prepared = dataclasses.replace(prepared, revocation=True, known_issuers=trust.of_subject)
    return dataclasses.replace(prepared, **changes)


def offer_of(caller: Caller) -> HandshakeOffer:
    """The ClientHello that this caller's SChannel sends; callers of the same shape give equal offers."""
    return HandshakeOffer(caller.handshake_shape, caller.protocols, caller.cipher_suites)


def wider_offer_of(caller: Caller) -> HandshakeOffer | None:
    """The ClientHello of this caller if it does offer TLS 1.3, which it may; None if it surely does not."""
    if caller.wider_shape is None:
        return None
    return HandshakeOffer(caller.wider_shape, (*caller.protocols, "TLS 1.3"), caller.cipher_suites)


def _demand_time_zone(at: datetime | None) -> None:
    if at is not None and at.utcoffset() is None:
        raise UsageError(f"the moment {at.isoformat()} has no time zone: give an aware datetime, as in UTC")


def judge(
    observation: Observation, *, trust: TrustLike, caller: CallerLike, at: datetime | None = None
) -> tuple[Judgement, ...]:
    """One judgement for each endpoint and address of an observation, in its order.

    Raises:
        UsageError: no caller profile has this name, or `at` has no time zone.
        TrustStoreError, InputMissingError: the trust store cannot be read.
    """
    _demand_time_zone(at)
    return judging.judge(observation, trust=load_trust(trust), caller=load_caller(caller), at=at)


def judge_result(
    observation: Observation,
    *,
    trust: TrustLike,
    callers: Sequence[CallerLike] = (callers_module.DEFAULT,),
    at: datetime | None = None,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
) -> Result:
    """An observation judged for several callers, as `check` returns it.

    Raises:
        UsageError: no caller profile has this name, or `at` has no time zone.
        TrustStoreError, InputMissingError: a trust store cannot be read.
    """
    _demand_time_zone(at)
    return results.judge_for_callers(
        observation,
        trust=load_trust(trust),
        callers=[load_caller(caller) for caller in callers],
        at=at,
        thresholds=thresholds,
    )


def judge_chain(
    presented: Sequence[bytes],
    *,
    host: str | None = None,
    roots: Sequence[bytes] = (),
    intermediates: Sequence[bytes] = (),
    disallowed: Sequence[bytes] = (),
    retrieved: Sequence[bytes] = (),
    at: datetime | None = None,
    caller: CallerLike = callers_module.DEFAULT,
    usages: Sequence[str] = (SERVER_AUTHENTICATION,),
) -> Judgement:
    """Judge a chain given as DER, end-entity first. `host` None skips the name check; `at` None is now.

    Raises:
        UsageError: nothing was presented, `at` has no time zone, or no caller has this name.
        TargetError: `host` is neither a host name nor an IP literal (a pattern, or empty).
    """
    if not presented:
        raise UsageError("no certificate was presented: give at least the end-entity certificate")
    _demand_time_zone(at)
    trust = TrustStore(
        name="given",
        roots=tuple(map(Certificate, roots)),
        intermediates=tuple(map(Certificate, intermediates)),
        disallowed=tuple(map(Certificate, disallowed)),
    )
    return judging.judge_presented(
        tuple(map(Certificate, presented)),
        host=None if host is None else targets.idn_host(host),
        trust=trust,
        caller=load_caller(caller),
        at=at or datetime.now(UTC),  # noqa: TID251  # the library's caller asked for the present
        retrieved=tuple(map(Certificate, retrieved)),
        usages=tuple(usages),
    )
