"""The fault rows: complete, consistent in themselves, and staged by somebody."""

from __future__ import annotations

import dataclasses
import re

import pytest

from probe.dotnet import SslPolicyErrors, WebExceptionStatus, X509ChainStatusFlags
from probe.errors import UsageError
from probe.lab import organisation, scenes, served_answers
from probe.lab.faults import FAULTS, Expected, Fault, fault
from probe.lab.faults.certificate_faults import CERTIFICATE_FAULTS
from probe.lab.faults.handshake_faults import HANDSHAKE_FAULTS

FOUNDING_ARTICLE_TRUST = (
    "System.Net.WebException: The underlying connection was closed: Could not establish trust relationship"
    " for the SSL/TLS secure channel. ---> System.Security.Authentication.AuthenticationException: The"
    " remote certificate is invalid according to the validation procedure."
)
FOUNDING_ARTICLE_RESET = (
    "System.Net.WebException: The underlying connection was closed: An unexpected error occurred on a"
    " receive. ---> System.IO.IOException: Unable to read data from the transport connection: An existing"
    " connection was forcibly closed by the remote host. ---> System.Net.Sockets.SocketException: An existing"
    " connection was forcibly closed by the remote host"
)
ids = pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in FAULTS])


def test_names_are_unique() -> None:
    assert len({row.name for row in FAULTS}) == len(FAULTS) >= 60


@ids
def test_a_row_is_in_the_words_of_the_log(row: Fault) -> None:
    expected = row.expected
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row.name)
    assert row.summary
    assert row.phase in ("resolve", "connect", "handshake", "certificate", "receive", "http")
    assert expected.outcome in ("success", "warning", "failure", "unknown")
    logged = (expected.web_exception_status, expected.text)
    if expected.outcome in ("success", "warning"):
        assert logged == (None, None)
        assert not expected.ssl_policy_errors
    assert expected.text is None or re.match(r"System(\.\w+)+: ", expected.text)


@ids
def test_a_refused_certificate_is_a_trust_failure(row: Fault) -> None:
    if row.expected.ssl_policy_errors and row.expected.outcome == "failure":
        assert row.expected.web_exception_status is WebExceptionStatus.TrustFailure
        assert row.expected.text == FOUNDING_ARTICLE_TRUST
        has_chain_errors = bool(row.expected.chain_status)
        assert has_chain_errors is bool(
            row.expected.ssl_policy_errors & SslPolicyErrors.RemoteCertificateChainErrors
        )


def test_the_founding_articles_failures_are_word_for_word() -> None:
    assert fault("untrusted-root").expected.text == FOUNDING_ARTICLE_TRUST
    assert fault("wrong-name").expected.text == FOUNDING_ARTICLE_TRUST
    assert fault("reset-after-request").expected.text == FOUNDING_ARTICLE_RESET


def test_every_fault_is_staged_and_every_stage_has_its_fault() -> None:
    staged = organisation.certificate_faults() | scenes.wire_faults() | served_answers.http_faults()
    assert staged == {row.name for row in FAULTS} - {"healthy"}
    # A handshake may fail for the key of a certificate as well.
    of_handshake = {row.name for row in HANDSHAKE_FAULTS}
    assert organisation.certificate_faults() - of_handshake == {row.name for row in CERTIFICATE_FAULTS}


def test_a_fault_of_the_answer_needs_no_other_stage() -> None:
    assert not served_answers.http_faults() & (organisation.certificate_faults() | scenes.wire_faults())


def test_a_misspelt_fault_is_a_usage_error_that_helps() -> None:
    with pytest.raises(UsageError, match="did you mean untrusted-root"):
        fault("untrusted-roots")


def test_a_name_like_no_fault_points_at_the_list() -> None:
    with pytest.raises(UsageError, match="`probe lab` lists them"):
        fault("xyzzy")


def test_placeholders_of_a_text_are_filled_in() -> None:
    text = fault("refused").expected.text_for("mail.partner.lab", "127.0.0.1:4711")
    assert text is not None
    assert text.endswith("actively refused it 127.0.0.1:4711")
    text = fault("name-not-found").expected.text_for("mail.partner.lab", "-")
    assert text == "System.Net.WebException: The remote name could not be resolved: 'mail.partner.lab'"
    assert fault("healthy").expected.text_for("h", "e") is None


REFUSED = fault("untrusted-root").expected


@pytest.mark.parametrize(
    ("demanded", "got", "count"),
    [
        pytest.param(REFUSED, REFUSED, 0, id="as-demanded"),
        pytest.param(REFUSED, dataclasses.replace(REFUSED, outcome="success"), 1, id="outcome"),
        pytest.param(REFUSED, dataclasses.replace(REFUSED, text="Something else."), 1, id="text"),
        pytest.param(REFUSED, dataclasses.replace(REFUSED, web_exception_status=None), 1, id="status"),
        pytest.param(
            REFUSED, dataclasses.replace(REFUSED, chain_status=X509ChainStatusFlags.Cyclic), 1, id="chain"
        ),
        pytest.param(
            REFUSED, dataclasses.replace(REFUSED, ssl_policy_errors=SslPolicyErrors(0)), 1, id="policy"
        ),
        pytest.param(Expected("success"), REFUSED, 3, id="nothing-may-be-logged-in-a-success"),
        pytest.param(
            Expected("failure"), REFUSED, 0, id="a-failure-whose-words-cannot-be-predicted-demands-none"
        ),
    ],
)
def test_disagreements_name_what_is_not_as_demanded(demanded: Expected, got: Expected, count: int) -> None:
    assert len(demanded.disagreements(got)) == count
