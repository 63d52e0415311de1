"""The causes of a row that can hold for a profile and a text, each with the advice that somebody can follow.

1. A cause whose scope does not admit the profile goes; so does one that words of the text exclude.
2. Causes that words of the text name come first, in the row's order.
3. Inside the own organization there is no partner: what a partner would do there is the caller's to do.
   Nobody can set a server of Microsoft, so advice for the partner goes there, unless it is a setting that
   a tenant has too; a cause that loses all its advice by this goes as well.
"""

from __future__ import annotations

from dataclasses import replace

from probe.explain.explanation_model import Cause, Knowledge, Place, Profile
from probe.explain.pasted_text import key
from probe.remedies.advice import Actor, Advice

_NOT_SETTABLE = frozenset({Place.MICROSOFT_SERVICE, Place.EXCHANGE_ONLINE, Place.WEB_PROXY})


def applicable_causes(known: Knowledge, profile: Profile, words: str) -> tuple[tuple[Cause, bool], ...]:
    """The causes of `known` that can hold, likeliest first, each with whether the text names it.

    `words` is the key (`text.key`) of everything that was matched on.
    """
    found = []
    for cause in known.causes:
        if not cause.scope.admits(profile) or _has(cause.excluded_by, words):
            continue
        remedies = tuple(one for advice in cause.remedies if (one := _for_place(advice, profile.place)))
        if remedies or not cause.remedies:
            found.append((replace(cause, remedies=remedies), _has(cause.named_by, words)))
    return tuple(sorted(found, key=lambda one: not one[1]))


def _has(fragments: tuple[str, ...], words: str) -> bool:
    return any(key(fragment) in words for fragment in fragments)


def _for_place(advice: Advice, place: Place) -> Advice | None:
    if advice.actor is not Actor.PARTNER:
        return advice
    if place is Place.OWN_ORGANIZATION:
        return replace(advice, actor=Actor.CALLER)
    return None if place in _NOT_SETTABLE and not advice.tenant else advice
