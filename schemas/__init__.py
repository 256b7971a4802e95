"""The vendor's library: schemas, hardened reading, anomalies, message models, codec, examples.

It knows nothing of calculation, storage or transport: a vendor can use it alone to check and build messages.

    bytes ──► open_message ──► Unreadable | Invalid | Unclear | Readable
    message model ──► encode ──► bytes
"""
