"""The whole till in one process: tills, readers, customers, other software, the API and time itself.

    timeline    virtual time, and which task runs next: one seed is one history, and no real time passes
    service     PayJunction's API, written from its documentation alone; `books` and `reader` are its parts
    faults      what goes wrong between a till and the service
    machine     a computer with its clocks, its disk and its users' processes, which can be killed anywhere
    till        `pjterm` itself, run on such a machine from the command line

Nothing here is shared with `pjterm.simulator`: two readings of one documentation that check each other.
"""
