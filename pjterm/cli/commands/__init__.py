"""One module per noun of the command line; none imports another."""
