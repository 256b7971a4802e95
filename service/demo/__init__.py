"""The demonstration: invented requests through the real pipeline, on the folder channel and SQLite.

It fakes nothing but the clock, which is set to one fixed moment so that every run tells the same dates; what it shows
is read back from the out folders and the store.
"""
