"""Alembic's entry: runs the revisions on the connection that `service.store.migrate` hands over."""

from alembic import context

from service.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
