"""What was seen of a request, as facts that add up.

Each answer is one of the `facts`, each with its time; `fact_codec` makes them storable. `states` adds them up to what
is known of the request, `chain` selects and words those that are evidence, and `lag` measures how late a search was.
"""
