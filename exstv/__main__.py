"""`python -m exstv`."""

from exstv.cli.main import command

command()
