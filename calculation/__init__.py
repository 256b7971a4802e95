"""The law: how many days of work a stage still needs, until when, and why.

Pure room. Standard library and dateutil only; no clock, no XML, no storage, no I/O once the dated law files are loaded.
It refuses to guess: what no rule settles comes back as a review with its reasons.

    facts ──► calculate ──► Decided | Review      (each with its step tree and its receipt)
"""
