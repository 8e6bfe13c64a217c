"""How `probe` asks labs, and takes back what that cost."""
