"""What certificates point at: issuers, CRLs and OCSP answers, fetched within bounds and never judged."""
