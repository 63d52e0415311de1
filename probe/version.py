"""The version of this distribution, alone so that `probe --version` needs nothing else."""

__version__ = "0.1.0"
