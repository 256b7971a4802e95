"""The whole process: every state, what forms refer to, documents, forms that wait, deadlines that fall due."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATES = "state IN ('SUBMITTED', 'IN_REVIEW', 'RETURNED', 'CALCULATED', 'WITHDRAWN', 'CLOSED')"
STATES_BEFORE = "state IN ('SUBMITTED', 'IN_REVIEW', 'CALCULATED')"
OPEN = sa.text("state <> 'WITHDRAWN'")
DUE = sa.text("state = 'open' AND breached_at IS NULL")
ONCE_OPEN = sa.text("state = 'open'")
REFERRED = sa.text("ticket IS NOT NULL")
TICKET = sa.String(length=13)


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("dossier") as table:
        table.add_column(sa.Column("office", sa.String(length=10), server_default="", nullable=False))
        table.add_column(sa.Column("last_addition", TICKET, nullable=True))
        table.add_column(sa.Column("decision", TICKET, nullable=True))
        table.add_column(sa.Column("open_return", TICKET, nullable=True))
        table.add_column(sa.Column("has_derogation", sa.Boolean(), server_default=sa.text("false"), nullable=False))
        table.drop_constraint(op.f("ck_dossier_state"), type_="check")
        table.create_check_constraint(op.f("ck_dossier_state"), STATES)
        table.drop_constraint(op.f("uq_dossier_person_index_company_id_occupation_start"), type_="unique")
    op.create_index(
        "uq_dossier_open",
        "dossier",
        ["person_index", "company_id", "occupation_start"],
        unique=True,
        postgresql_where=OPEN,
        sqlite_where=OPEN,
    )
    op.create_index("ix_dossier_company", "dossier", ["company_id", "state"])
    op.execute(
        "UPDATE dossier SET decision = (SELECT d.ticket FROM decision d WHERE d.dossier = dossier.ticket "
        "ORDER BY d.decided_at DESC LIMIT 1)"
    )
    op.add_column("form", sa.Column("topic", sa.String(length=20), server_default="", nullable=False))
    op.add_column("form", sa.Column("answers", TICKET, nullable=True))
    op.add_column("form", sa.Column("before", TICKET, nullable=True))
    op.add_column("form", sa.Column("reference_index", sa.LargeBinary(length=32), nullable=True))
    op.add_column("form", sa.Column("request_sealed", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_form_answers"), "form", ["answers"])
    op.create_index(op.f("ix_form_reference_index"), "form", ["reference_index"])
    op.add_column("history", sa.Column("internal", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("outbox", sa.Column("ticket", TICKET, nullable=True))
    op.add_column("outbox", sa.Column("dossier", TICKET, nullable=True))
    op.create_index("ix_outbox_ticket", "outbox", ["ticket"], postgresql_where=REFERRED, sqlite_where=REFERRED)
    _deadlines("met_at", "ended_at", "(state = 'open') = (ended_at IS NULL)", "ended", "met")
    op.create_index("ix_deadline_open", "deadline", ["due_at"], postgresql_where=DUE, sqlite_where=DUE)
    op.create_table(
        "waiting",
        sa.Column("form", TICKET, nullable=False),
        sa.Column("reference_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["form"], ["inbox.ticket"], name=op.f("fk_waiting_form")),
        sa.PrimaryKeyConstraint("form", name=op.f("pk_waiting")),
    )
    op.create_table(
        "attachment",
        sa.Column("form", TICKET, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("dossier", TICKET, nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["form"], ["inbox.ticket"], name=op.f("fk_attachment_form")),
        sa.ForeignKeyConstraint(["dossier"], ["dossier.ticket"], name=op.f("fk_attachment_dossier")),
        sa.PrimaryKeyConstraint("form", "position", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_dossier"), "attachment", ["dossier"])


def _deadlines(old: str, new: str, rule: str, name: str, old_name: str) -> None:
    """Give the deadlines more ends than being met, and a breach that stays open."""
    op.drop_index("ix_deadline_open", "deadline")
    with op.batch_alter_table("deadline") as table:
        table.drop_constraint(op.f(f"ck_deadline_{old_name}"), type_="check")
        table.drop_constraint(op.f("ck_deadline_state"), type_="check")
        table.alter_column(old, new_column_name=new)
        table.add_column(sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("deadline") as table:
        states = "state IN ('open', 'met', 'stopped', 'superseded', 'done')"
        table.create_check_constraint(op.f("ck_deadline_state"), states)
        table.create_check_constraint(op.f(f"ck_deadline_{name}"), rule)


def downgrade() -> None:
    """Undo, as far as what was stored since allows."""
    op.drop_table("attachment")
    op.drop_table("waiting")
    op.drop_index("ix_deadline_open", "deadline")
    with op.batch_alter_table("deadline") as table:
        table.drop_constraint(op.f("ck_deadline_ended"), type_="check")
        table.drop_constraint(op.f("ck_deadline_state"), type_="check")
        table.alter_column("ended_at", new_column_name="met_at")
        table.drop_column("breached_at")
    with op.batch_alter_table("deadline") as table:
        table.create_check_constraint(op.f("ck_deadline_state"), "state IN ('open', 'met')")
        table.create_check_constraint(op.f("ck_deadline_met"), "(state = 'met') = (met_at IS NOT NULL)")
    op.create_index("ix_deadline_open", "deadline", ["due_at"], postgresql_where=ONCE_OPEN, sqlite_where=ONCE_OPEN)
    op.drop_index("ix_outbox_ticket", "outbox")
    for column in ("dossier", "ticket"):
        op.drop_column("outbox", column)
    op.drop_column("history", "internal")
    op.drop_index(op.f("ix_form_reference_index"), "form")
    op.drop_index(op.f("ix_form_answers"), "form")
    for column in ("request_sealed", "reference_index", "before", "answers", "topic"):
        op.drop_column("form", column)
    op.drop_index("ix_dossier_company", "dossier")
    op.drop_index("uq_dossier_open", "dossier")
    with op.batch_alter_table("dossier") as table:
        table.drop_constraint(op.f("ck_dossier_state"), type_="check")
        table.create_check_constraint(op.f("ck_dossier_state"), STATES_BEFORE)
        for column in ("has_derogation", "open_return", "decision", "last_addition", "office"):
            table.drop_column(column)
        table.create_unique_constraint(
            op.f("uq_dossier_person_index_company_id_occupation_start"),
            ["person_index", "company_id", "occupation_start"],
        )
