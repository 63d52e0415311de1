"""Judgement: pure functions of (Observation, TrustStore, Caller, at): no socket, file, clock, environment."""
