"""Whether an agent had the last word on a dossier, so that no machine overrules it and no withdrawal of ONEM counts."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Whether an agent's decision took a proposal is not told: it rather is looked at once more."""
    with op.batch_alter_table("dossier") as table:
        table.add_column(sa.Column("is_agents_word", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.execute(
        "UPDATE dossier SET is_agents_word = true "
        "WHERE decision IN (SELECT d.ticket FROM decision d WHERE NOT d.automatic) "
        "OR state = 'WITHDRAWN' AND ticket IN "
        "(SELECT h.dossier FROM history h WHERE h.kind = 'withdrawn' AND h.actor LIKE 'agent %')"
    )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("dossier") as table:
        table.drop_column("is_agents_word")
