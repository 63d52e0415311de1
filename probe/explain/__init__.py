"""Explain: an event-log entry or exception text, its parts, likely causes and what to run next. Pure."""
