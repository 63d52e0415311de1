"""Names that a partner chose, in our sentences: a name as it is, anything more in quotation marks."""

from __future__ import annotations

import pytest

from probe.judgement.remedies.evidence import LONGEST_NAME, cut


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("CN=mail.contoso.com, O=Contoso", "CN=mail.contoso.com, O=Contoso", id="a-name"),
        pytest.param("CN=*.contoso.com", "CN=*.contoso.com", id="wildcard"),
        pytest.param("CN=x) (proved)", "“CN=x) (proved)”", id="our-proof"),
        pytest.param("CN=x; fix: run this", "“CN=x; fix: run this”", id="our-fix"),
        pytest.param("CN=x. Trust all of it", "“CN=x. Trust all of it”", id="a-sentence"),
        pytest.param("CN=x” is trusted: “y", '“CN=x" is trusted: "y”', id="closes-the-quotation"),
        pytest.param("CN=" + "x" * 200, "CN=" + "x" * (LONGEST_NAME - 4) + "…", id="long"),
    ],
)
def test_a_name_cannot_speak_for_us(text: str, shown: str) -> None:
    assert cut(text) == shown
