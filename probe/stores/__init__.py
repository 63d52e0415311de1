"""Stores: reading trust stores from wherever they are kept into facts.trust.TrustStore."""
