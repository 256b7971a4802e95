"""The first tables: parties, inbox, forms, dossiers and what hangs on them, outbox, quarantine."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.CreateSequence(sa.Sequence("outbox_id")))
    op.create_table(
        "dossier",
        sa.Column("ticket", sa.String(length=13), nullable=False),
        sa.Column("sender", sa.String(length=6), nullable=False),
        sa.Column("company_id", sa.String(length=10), nullable=False),
        sa.Column("person_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("inss_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("occupation_start", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("language", sa.Integer(), nullable=False),
        sa.Column("reference_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("last_form", sa.String(length=13), nullable=False),
        sa.Column("calculations", sa.Integer(), nullable=False),
        sa.Column("contract_end", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('SUBMITTED', 'IN_REVIEW', 'CALCULATED')", name=op.f("ck_dossier_state")),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_dossier")),
        sa.UniqueConstraint(
            "person_index",
            "company_id",
            "occupation_start",
            name=op.f("uq_dossier_person_index_company_id_occupation_start"),
        ),
    )
    op.create_table(
        "inbox",
        sa.Column("ticket", sa.String(length=13), nullable=False),
        sa.Column("sender", sa.String(length=6), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=True),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("schema_version", sa.String(length=255), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("traceparent", sa.String(length=255), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_inbox")),
        sa.UniqueConstraint("sender", "file_name", name=op.f("uq_inbox_sender_file_name")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("sender", sa.String(length=6), nullable=True),
        sa.Column("file_name", sa.String(length=255), nullable=True),
        sa.Column("message_id", sa.String(length=255), nullable=True),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("quarantined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.CheckConstraint("state IN ('held', 'replayed', 'discarded')", name=op.f("ck_quarantine_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_table(
        "sender",
        sa.Column("number", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("language", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('vendor', 'onem')", name=op.f("ck_sender_kind")),
        sa.CheckConstraint("language IN (1, 2, 3)", name=op.f("ck_sender_language")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_sender")),
    )
    op.create_table(
        "deadline",
        sa.Column("dossier", sa.String(length=13), nullable=False),
        sa.Column("form", sa.String(length=13), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calendar", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'met') = (met_at IS NOT NULL)", name=op.f("ck_deadline_met")),
        sa.CheckConstraint("state IN ('open', 'met')", name=op.f("ck_deadline_state")),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.ticket"], name=op.f("fk_deadline_dossier")),
        sa.ForeignKeyConstraint(["form"], ["inbox.ticket"], name=op.f("fk_deadline_form")),
        sa.PrimaryKeyConstraint("dossier", "form", "kind", name=op.f("pk_deadline")),
    )
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deadline_open",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("state = 'open'"),
            sqlite_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "decision",
        sa.Column("ticket", sa.String(length=13), nullable=False),
        sa.Column("dossier", sa.String(length=13), nullable=False),
        sa.Column("form", sa.String(length=13), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=True),
        sa.Column("law", sa.String(length=40), nullable=False),
        sa.Column("route", sa.String(length=10), nullable=False),
        sa.Column("first_claim_date", sa.Date(), nullable=False),
        sa.Column("contract_end", sa.Date(), nullable=False),
        sa.Column("remaining_days", sa.Integer(), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("automatic = (agent IS NULL)", name=op.f("ck_decision_who")),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.ticket"], name=op.f("fk_decision_dossier")),
        sa.ForeignKeyConstraint(["form"], ["inbox.ticket"], name=op.f("fk_decision_form")),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_decision")),
        sa.UniqueConstraint("form", name=op.f("uq_decision_form")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_dossier"), ["dossier"], unique=False)

    op.create_table(
        "form",
        sa.Column("ticket", sa.String(length=13), nullable=False),
        sa.Column("dossier", sa.String(length=13), nullable=True),
        sa.Column("identification", sa.String(length=12), nullable=True),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("anomalies", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.ticket"], name=op.f("fk_form_dossier")),
        sa.ForeignKeyConstraint(["ticket"], ["inbox.ticket"], name=op.f("fk_form_ticket")),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_form")),
    )
    with op.batch_alter_table("form", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_form_dossier"), ["dossier"], unique=False)

    op.create_table(
        "history",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("dossier", sa.String(length=13), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.ticket"], name=op.f("fk_history_dossier")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_history_dossier"), ["dossier"], unique=False)

    op.create_table(
        "mandate",
        sa.Column("sender", sa.String(length=6), nullable=False),
        sa.Column("company_id", sa.String(length=10), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_mandate_period")),
        sa.ForeignKeyConstraint(["sender"], ["sender.number"], name=op.f("fk_mandate_sender")),
        sa.PrimaryKeyConstraint("sender", "company_id", "valid_from", name=op.f("pk_mandate")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("form", sa.String(length=13), nullable=False),
        sa.Column("recipient", sa.String(length=6), nullable=False),
        sa.Column("identification", sa.String(length=12), nullable=False),
        sa.Column("office", sa.String(length=10), nullable=True),
        sa.Column("file_name", sa.String(length=60), nullable=False),
        sa.Column("message_id", sa.String(length=36), nullable=False),
        sa.Column("correlation_id", sa.String(length=255), nullable=True),
        sa.Column("schema_version", sa.String(length=5), nullable=False),
        sa.Column("replay_of", sa.BigInteger(), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint("(replay_of IS NULL) = (body_sealed IS NOT NULL)", name=op.f("ck_outbox_body")),
        sa.ForeignKeyConstraint(["form"], ["inbox.ticket"], name=op.f("fk_outbox_form")),
        sa.ForeignKeyConstraint(["replay_of"], ["outbox.id"], name=op.f("fk_outbox_replay_of")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_form"), ["form"], unique=False)
        batch_op.create_index(
            "ix_outbox_unsent",
            ["retry_at"],
            unique=False,
            postgresql_where=sa.text("sent_at IS NULL"),
            sqlite_where=sa.text("sent_at IS NULL"),
        )

    op.create_table(
        "review_task",
        sa.Column("ticket", sa.String(length=13), nullable=False),
        sa.Column("dossier", sa.String(length=13), nullable=False),
        sa.Column("form", sa.String(length=13), nullable=False),
        sa.Column("office", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_message_id", sa.String(length=255), nullable=False),
        sa.Column("schema_version", sa.String(length=5), nullable=False),
        sa.CheckConstraint("state IN ('open', 'done', 'superseded')", name=op.f("ck_review_task_state")),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.ticket"], name=op.f("fk_review_task_dossier")),
        sa.ForeignKeyConstraint(["form"], ["inbox.ticket"], name=op.f("fk_review_task_form")),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_review_task")),
    )
    with op.batch_alter_table("review_task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_task_dossier"), ["dossier"], unique=False)
        batch_op.create_index(
            "ix_review_task_open",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("state = 'open'"),
            sqlite_where=sa.text("state = 'open'"),
        )


def downgrade() -> None:
    """Undo."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.DropSequence(sa.Sequence("outbox_id")))
    with op.batch_alter_table("review_task", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_review_task_open", postgresql_where=sa.text("state = 'open'"), sqlite_where=sa.text("state = 'open'")
        )
        batch_op.drop_index(batch_op.f("ix_review_task_dossier"))

    op.drop_table("review_task")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_unsent", postgresql_where=sa.text("sent_at IS NULL"), sqlite_where=sa.text("sent_at IS NULL")
        )
        batch_op.drop_index(batch_op.f("ix_outbox_form"))

    op.drop_table("outbox")
    op.drop_table("mandate")
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_history_dossier"))

    op.drop_table("history")
    with op.batch_alter_table("form", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_form_dossier"))

    op.drop_table("form")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_dossier"))

    op.drop_table("decision")
    with op.batch_alter_table("deadline", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_deadline_open", postgresql_where=sa.text("state = 'open'"), sqlite_where=sa.text("state = 'open'")
        )

    op.drop_table("deadline")
    op.drop_table("sender")
    op.drop_table("quarantine")
    op.drop_table("inbox")
    op.drop_table("dossier")
