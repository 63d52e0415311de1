"""What if: which partners' verdicts would flip under other conditions, as text, CSV, HTML and JSON.

Nothing is judged here; `document` finds what differs between two results of one observation.
"""
