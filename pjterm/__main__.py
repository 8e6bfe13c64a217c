"""`python -m pjterm`."""

from pjterm.cli import main

main()
