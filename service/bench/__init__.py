"""Benchmarks: the real service beside a bare relay on the same broker, in the same run, with the same messages.

    preload the inbox ─► start one of both as a process ─► time until every answer is in the sender's queue

Speed of a machine says little, the ratio of both says what the service costs. `bench.run` has the two commands; refuses
to touch a broker or a database that is not there to be filled with invented requests.
"""
