"""What `doctor` checks, and how it shows that."""
