"""Events in SQLite files on this machine.

`store` puts the parts together: `rows` is the table, `group` decides what one commit changes, `lookup` is the index
that finds events by id, `lock` keeps a second writer out, `checkpoint` copies the write-ahead log back. `replica` is
the local copy of a log that is kept elsewhere.
"""
