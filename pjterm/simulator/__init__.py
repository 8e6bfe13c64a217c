"""A PayJunction on loopback: a second opinion on the API, sharing nothing with the client.

What it does not do: recurring schedules, invoices, customers and vaults, ACH, surcharge-enabled accounts,
stand-alone card tokens, deposits; TLS; more than one merchant. Its guesses about the real service are
named in `guesses.Guesses` and can be switched by a scenario file.
"""
