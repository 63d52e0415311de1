"""Whether judging an observation is sure to take no longer than a few network packets.

A hand-over to another thread costs half of what judging a usual partner does. So a run judges on its loop
what is small, and beside it what is not: hostile certificates can take a second, in which other checks would
time out. Nothing is computed here, only counted. The limits hold the dearest that fits them (a hundred
subtrees, certificates that all could have issued each other) to some 30 ms of CPU.
"""

from __future__ import annotations

from probe.facts.observation import Connection, Observation

MOST_JUDGEMENTS = 8
MOST_CERTIFICATES = 4
MOST_OCTETS = 9_000


def is_quickly_judged(observation: Observation, callers: int) -> bool:
    """Whether a partner's certificates and answers are few and small, and judged for few callers."""
    if observation.retrievals or len(observation.connections) * callers > MOST_JUDGEMENTS:
        return False
    return all(map(_is_small, observation.connections))


def _is_small(connection: Connection) -> bool:
    presented = connection.presented
    if len(presented) > MOST_CERTIFICATES:
        return False
    answers = sum(len(exchange.body) + len(exchange.raw) for exchange in connection.exchanges)
    return answers + sum(len(certificate.der) for certificate in presented) <= MOST_OCTETS
