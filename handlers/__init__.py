"""The process: one module per inbound message type, each a pure function `(message, context) -> Outcome`.

No I/O, no clock, nothing to mock: what a handler needs was loaded into the `Context` by the intake, what it wants done
is said in the `Outcome`, which the service applies in one transaction.

    from handlers.dispatch import handle, needs
"""
