"""Judge: pure functions of (Observation, TrustStore, Caller, at). No socket, file, clock or environment."""
