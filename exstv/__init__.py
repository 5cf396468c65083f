"""The words that compiler and runtime share, and the `exstv` command."""

__version__ = "0.1.0"
