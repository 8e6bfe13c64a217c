"""One request from its key to the verdict: sending, following, resolving."""
