"""Whether an authority has revoked a certificate of the path, for a caller that asks."""
