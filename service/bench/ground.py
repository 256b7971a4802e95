"""The database to measure on: migrated, with the benchmark's sender and its mandate."""


async def prepare(database_url: str) -> None:
    """Migrate, and register the sender. Harmless when repeated."""
    raise NotImplementedError
