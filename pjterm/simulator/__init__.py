"""A simulated PayJunction on loopback: a second opinion on the API, sharing no parser and no table with the client.

Five packages, each importing only those before it: `shop` (books, readers, customers, money), `api` (routes, forms,
replies, search), `server` (HTTP, the process around it, webhooks), `play` (readers on a terminal), `bench` (the
fault bench). Documented routes that are not simulated answer 501: addresses and notes of customers, tokens, invoices
from a file. Also missing: TLS, a second merchant, schedules that run, invoices that are paid. The guesses about
the real service are listed in `shop.guesses.Guesses`; a scenario file may change any of them.
"""
