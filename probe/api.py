"""The composition root: check = collect, then judge. The only module that joins the two.

What scripts import as `probe.check` and the like lives here under its real name; the package root only
re-exports it. Heavy rooms (asyncio and h11 through collect) are entered when they are needed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

import msgspec

from probe import arguments
from probe.arguments import CallersForm, MomentForm, SettingChanges, ThresholdsForm, TrustForm
from probe.collection.settings import LIBERAL, Settings
from probe.errors import UsageError
from probe.facts import record
from probe.facts import target as targets
from probe.facts.certificate import Certificate
from probe.facts.extensions import SERVER_AUTHENTICATION
from probe.facts.observation import Observation
from probe.facts.target import Target
from probe.facts.tls_negotiation import HandshakeOffer
from probe.facts.trust_store import TrustStore
from probe.judgement import caller_profile as callers_module
from probe.judgement import result as results
from probe.judgement import target_judgement as judging
from probe.judgement.caller_profile import Caller
from probe.judgement.connection import own_offer
from probe.judgement.model import Judgement
from probe.judgement.thresholds import DEFAULT_THRESHOLDS
from probe.workers import WorkerPool

if TYPE_CHECKING:
    import asyncio

Returned = TypeVar("Returned")

_JUDGING = WorkerPool("judge for a library's caller", size=2)


class Result(results.TargetResult, frozen=True):
    """Everything known and concluded about one target, as `check` returns it."""

    def to_dict(self) -> dict[str, Any]:
        """The contract's document of the target, schema `probe.result/1`, as `--format json` prints it."""
        return to_dict(self)


def to_dict(known: results.TargetResult | Judgement | Observation) -> dict[str, Any]:
    """The document that the command line prints or writes for this, as plain values.

    A result is `probe.result/1`, a judgement `probe.chain/1`, an observation the record `probe.record/1`.
    """
    from probe.report import build, json

    if isinstance(known, Observation):
        encoded = record.dumps(known)
    elif isinstance(known, Judgement):
        encoded = json.encoded(build.chain_document(known))
    else:
        encoded = json.encoded(build.document(known))
    return msgspec.json.decode(encoded, type=dict[str, Any])


def load_trust(trust: TrustForm, *, root_auto_update: bool = True) -> TrustStore:
    """The trust store that `trust` names; None is the platform's default, a store is returned as it is.

    Raises:
        UsageError: it is neither a store nor a specification of one.
        TrustStoreError, InputMissingError: a store cannot be read.
    """
    chosen = arguments.read_trust(trust)
    if isinstance(chosen, TrustStore):
        return chosen
    from probe.stores import loading

    specs = loading.default_specs() if chosen is None else chosen
    return loading.load(specs, root_auto_update=root_auto_update)


def load_caller(caller: Caller | str) -> Caller:
    """The caller profile of this name; a profile is returned as it is.

    Raises:
        UsageError: no profile has this name.
    """
    return arguments.read_caller(caller, "caller")


def collect(
    target: str | Target, *, settings: Settings | None = None, **changes: Unpack[SettingChanges]
) -> Observation:
    """Everything that can be seen of a target, judged by nobody. Keywords are fields of the settings.

    Raises:
        TargetError, UsageError: the target, or a setting, cannot be used; or an event loop is running here.
    """
    return _run("collect", lambda: collect_async(target, settings=settings, **changes))


async def collect_async(
    target: str | Target,
    *,
    settings: Settings | None = None,
    stop: asyncio.Event | None = None,
    **changes: Unpack[SettingChanges],
) -> Observation:
    """As `collect`, awaitable. Cancelling it, or a timeout around it, raises as everywhere in asyncio.

    Once `stop` is set it returns early, with what was seen until then and a note that says so.
    """
    from probe.collection import collector

    chosen = arguments.read_settings(settings, changes)
    return await collector.collect(_target(target), chosen, stop=stop)


def check(
    target: str | Target,
    *,
    trust: TrustForm = None,
    callers: CallersForm = callers_module.DEFAULT,
    at: MomentForm = None,
    thresholds: ThresholdsForm = DEFAULT_THRESHOLDS,
    settings: Settings | None = None,
    **changes: Unpack[SettingChanges],
) -> Result:
    """Find the partner's endpoints, connect, and judge them for each caller. Keywords change settings.

    Raises:
        TargetError, UsageError: the target, a caller, the moment or a setting cannot be used; or an event
            loop is running here.
        TrustStoreError, InputMissingError: a trust store cannot be read.
    """
    return _run(
        "check",
        lambda: check_async(
            target,
            trust=trust,
            callers=callers,
            at=at,
            thresholds=thresholds,
            settings=settings,
            **changes,
        ),
    )


async def check_async(
    target: str | Target,
    *,
    trust: TrustForm = None,
    callers: CallersForm = callers_module.DEFAULT,
    at: MomentForm = None,
    thresholds: ThresholdsForm = DEFAULT_THRESHOLDS,
    settings: Settings | None = None,
    stop: asyncio.Event | None = None,
    **changes: Unpack[SettingChanges],
) -> Result:
    """As `check`, awaitable. Cancelling it, or a timeout around it, raises as everywhere in asyncio.

    Once `stop` is set, what was seen until then is judged and returned. Judging goes on beside the loop:
    hostile certificates cost CPU, in which other checks of the loop would time out.
    """
    moment, limits = arguments.read_moment(at), arguments.read_thresholds(thresholds)
    parsed = _target(target)
    profiles = arguments.read_callers(callers)
    store = load_trust(trust)
    prepared = settings_for(profiles, store, settings, **changes)
    observation = await collect_async(parsed, settings=prepared, stop=stop)
    return await _JUDGING.run(
        lambda: judge_result(observation, trust=store, callers=profiles, at=moment, thresholds=limits)
    )


def _target(target: str | Target) -> Target:
    if isinstance(target, Target):
        return target
    if not isinstance(target, str):
        raise arguments.refused("target", target, "give a domain, an address, a host or an https URL")
    return targets.parse(target)


def _run(name: str, work: Callable[[], Coroutine[Any, Any, Returned]]) -> Returned:
    """Run this to its end.

    Raises:
        UsageError: an event loop is running in this thread already.
    """
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _finished(work)
    raise UsageError(f"{name} would stop the event loop that is running here: await probe.{name}_async(...)")


def _finished(work: Callable[[], Coroutine[Any, Any, Returned]]) -> Returned:
    """What `work` brings. asyncio.run makes the repr of what it returns twice, which of records is dear."""
    import asyncio

    brought: list[Returned] = []

    async def bring() -> None:
        brought.append(await work())

    asyncio.run(bring())
    return brought[0]


def settings_for(
    callers: Sequence[Caller],
    trust: TrustStore,
    settings: Settings | None = None,
    **changes: Unpack[SettingChanges],
) -> Settings:
    """Settings that connect as these callers would, and fetch no issuer that the store already knows.

    CRLs and OCSP answers are fetched if the settings, or one of the callers, ask for them.

    Raises:
        UsageError: a keyword names no setting, or its value cannot be used.
    """
    base = arguments.read_settings(settings, changes)
    # One that offers nothing makes no handshake; what its partner presents is looked at all the same.
    offers = tuple(dict.fromkeys(offer_of(caller) for caller in callers if own_offer.is_any(caller)))
    wider = tuple((offer_of(c).shape, offer) for c in callers if (offer := wider_offer_of(c)) is not None)
    hellos = tuple((offer_of(caller).shape, hellos_of(caller)) for caller in callers)
    return dataclasses.replace(
        base,
        offers=offers or (LIBERAL,),
        wider=wider,
        hellos=hellos,
        known_subjects=trust.subjects_up_to_a_root,
        known_issuers=trust.of_subject,
        revocation=base.revocation or any(caller.revocation for caller in callers),
    )


def offer_of(caller: Caller) -> HandshakeOffer:
    """The ClientHello that this caller's SChannel sends; callers of the same shape give equal offers."""
    return HandshakeOffer(
        caller.handshake_shape,
        caller.protocols,
        caller.cipher_suites,
        groups=caller.groups,
        signature_schemes=caller.signature_schemes,
        least_diffie_hellman_bits=caller.least_diffie_hellman_bits,
        demands_secure_renegotiation=caller.demands_secure_renegotiation,
    )


def wider_offer_of(caller: Caller) -> HandshakeOffer | None:
    """The ClientHello of this caller if it does offer TLS 1.3, which it may; None if it surely does not."""
    if caller.wider_shape is None:
        return None
    return msgspec.structs.replace(
        offer_of(caller),
        shape=caller.wider_shape,
        protocols=(*caller.protocols, "TLS 1.3"),
        groups=(*caller.groups, *caller.may_offer_groups),
    )


def hellos_of(caller: Caller) -> tuple[HandshakeOffer, ...]:
    """The exact ClientHellos of this caller: what it is sure to offer, then with the groups that it may."""
    sure = offer_of(caller)
    if not caller.may_offer_groups:
        return (sure,)
    return sure, msgspec.structs.replace(sure, groups=(*caller.may_offer_groups, *caller.groups))


def judge(
    observation: Observation, *, trust: TrustForm, caller: Caller | str, at: MomentForm = None
) -> tuple[Judgement, ...]:
    """One judgement for each endpoint and address of an observation, in its order.

    Raises:
        UsageError: no caller profile has this name, or `at` or `thresholds` cannot be used.
        TrustStoreError, InputMissingError: the trust store cannot be read.
    """
    moment = arguments.read_moment(at)
    return judging.judge(observation, trust=load_trust(trust), caller=load_caller(caller), at=moment)


def judge_result(
    observation: Observation,
    *,
    trust: TrustForm,
    callers: CallersForm = callers_module.DEFAULT,
    at: MomentForm = None,
    thresholds: ThresholdsForm = DEFAULT_THRESHOLDS,
) -> Result:
    """An observation judged for several callers, as `check` returns it.

    Raises:
        UsageError: no caller profile has this name, or `at` or `thresholds` cannot be used.
        TrustStoreError, InputMissingError: a trust store cannot be read.
    """
    judged = results.judge_for_callers(
        observation,
        trust=load_trust(trust),
        callers=arguments.read_callers(callers),
        at=arguments.read_moment(at),
        thresholds=arguments.read_thresholds(thresholds),
    )
    return Result(judged.observation, judged.trust, judged.callers, judged.endpoints)


def judge_chain(
    presented: Sequence[bytes],
    *,
    host: str | None = None,
    roots: Sequence[bytes] = (),
    intermediates: Sequence[bytes] = (),
    disallowed: Sequence[bytes] = (),
    retrieved: Sequence[bytes] = (),
    at: MomentForm = None,
    caller: Caller | str = callers_module.DEFAULT,
    usages: Sequence[str] = (SERVER_AUTHENTICATION,),
) -> Judgement:
    """Judge a chain given as DER, end-entity first. `host` None skips the name check; `at` None is now.

    Raises:
        UsageError: nothing was presented, `at` has no time zone, or no caller has this name.
        TargetError: `host` is neither a host name nor an IP literal (a pattern, or empty).
    """
    if not presented:
        raise UsageError("no certificate was presented: give at least the end-entity certificate")
    moment = arguments.read_moment(at)
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
        at=moment or datetime.now(UTC),  # noqa: TID251  # the library's caller asked for the present
        retrieved=tuple(map(Certificate, retrieved)),
        usages=tuple(usages),
    )
