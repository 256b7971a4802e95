"""The store on SQLite and on PostgreSQL, each fresh."""

from collections.abc import AsyncIterator

import pytest

from tests.service.building import Store, opened_store


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """Give a store with its senders, on each database in turn."""
    async with opened_store(database_url) as store:
        yield store


@pytest.fixture
async def sqlite_store(sqlite_url: str) -> AsyncIterator[Store]:
    """Give a store with its senders, on SQLite alone."""
    async with opened_store(sqlite_url) as store:
        yield store
