"""The access letter: one page that tells a sender, in its language, all that it must set up, with a message to try.

    Access (fields, also `--json`) ─► texts/<language>.txt ─► letter
    first_message ─► a complete OCCP001 that this installation accepts and decides

It holds a password once, as it is made, and keeps none. Refuses to name a person that could exist.
"""
