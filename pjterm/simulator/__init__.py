"""A PayJunction on loopback: a second opinion on the API, sharing no parser and no table with the client.

Five rooms, each importing only those before it: `shop` (books, readers, customers, money), `api` (routes, forms,
replies, search), `server` (HTTP, the process around it, webhooks), `play` (readers on a terminal), `bench` (the
fault bench). What is documented and not simulated answers 501: addresses and notes of customers, tokens, invoices
by file. Not there either: TLS, a second merchant, schedules that run, invoices that are paid. Its guesses about
the real service are named in `shop.guesses.Guesses`; a scenario file may switch any of them.
"""
