"""What several commands use, or one needs beside its own module."""
