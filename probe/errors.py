"""What probe raises on purpose.

Every error that a user can cause has a class here, carries one sentence that says what to do, and maps to
one exit code of the contract. A broken *certificate* is never an error: it is a fact with a status.
"""

from __future__ import annotations


class ProbeError(Exception):
    """A failure that is explained to the user in one line. `exit_code` follows sysexits(3)."""

    exit_code = 70


class UsageError(ProbeError):
    """The command line, or a value in it, cannot be used (EX_USAGE)."""

    exit_code = 64


class TargetError(UsageError):
    """What the user typed as a target is no domain, address, host or https URL."""


class DataError(ProbeError):
    """Input was read but is not what it should be (EX_DATAERR)."""

    exit_code = 65


class RecordError(DataError):
    """An observation record is damaged, foreign, or of a schema this version does not know."""


class TrustStoreError(DataError):
    """A trust store cannot be read, or holds no certificate."""


class InputMissingError(ProbeError):
    """A file that was named does not exist or cannot be opened (EX_NOINPUT)."""

    exit_code = 66


class OutputError(ProbeError):
    """The output path cannot be written (EX_IOERR)."""

    exit_code = 74


class ConfigurationError(ProbeError):
    """A configuration file or environment setting is wrong (EX_CONFIG)."""

    exit_code = 78


class LockedError(ProbeError):
    """Another run holds the lock (EX_TEMPFAIL)."""

    exit_code = 75
