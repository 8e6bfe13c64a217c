"""The machine: clock, files, locks, log."""
