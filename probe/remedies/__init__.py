"""Remedies: what an administrator can change, by cause, each once. Reports and `probe explain` print them.

Advice is documented and never proved here; what a judgement proves by judging again is in
`judgement.remedies`. Data only: nothing is decided.
"""
