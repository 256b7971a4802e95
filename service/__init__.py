"""The shell: every side effect lives here - channels, store, clock, relay, command line.

It applies a handler's `Outcome` in one transaction and decides nothing itself.
"""
