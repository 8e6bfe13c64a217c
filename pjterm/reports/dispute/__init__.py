"""The file for a chargeback, as values: what is known of a disputed payment, and the pages that say it.

A bank's clerk reads it, who knows nothing of pjterm: the first page says all in a few sentences, each further one
proves one thing. It says only what PayJunction answered and what the journal holds, and names what it does not have.
"""
