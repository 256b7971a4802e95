"""The tables. A bad row cannot exist: what must not be is a constraint here, not a hope elsewhere.

Columns of type LargeBinary named `*_sealed` hold personal data, encrypted by `service.vault`; nothing personal stands
beside them. Times are UTC.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime on both databases; SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn into UTC. Raises ValueError for a naive datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime is no moment")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


TICKET = String(13)
SENDER = String(6)
CODE = String(60)
"""As long as a `Code` of the messages: SQLite takes any length, PostgreSQL no longer one."""


def _one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _index_where(name: str, column: str, where: str) -> Index:
    """Index only the rows that still wait: the rest of a growing table costs nothing."""
    return Index(name, column, postgresql_where=text(where), sqlite_where=text(where))


sender = Table(
    "sender",
    metadata,
    Column("number", SENDER, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("language", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("suspended_at", Moment),
    Column("suspension_reason", Text),
    _one_of("kind", "vendor", "federation", "onem"),
    # an answer to an unreadable message needs one of the channel's three languages
    CheckConstraint("language IN (1, 2, 3)", name="language"),
    # nobody is shut out without a reason, and a reason alone shuts nobody out
    CheckConstraint("(suspended_at IS NULL) = (suspension_reason IS NULL)", name="suspension"),
)

mandate = Table(
    "mandate",
    metadata,
    Column("sender", SENDER, ForeignKey("sender.number"), primary_key=True),
    Column("company_id", String(10), primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date),
    # identifications with blanks between; none is every form that a vendor may send
    Column("forms", Text),
    # a mandate that ends before it begins would silently be none
    CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
)

# append-only: triggers of the migration refuse to change or delete a line
access_log = Table(
    "access_log",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("sender", SENDER, ForeignKey("sender.number"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("actor", String(60), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("detail", Text, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("ticket", TICKET, primary_key=True),
    Column("sender", SENDER, nullable=False),
    Column("file_name", String(255)),
    Column("sha256", LargeBinary(32), nullable=False),
    Column("message_id", String(255), nullable=False),
    Column("schema_version", String(255)),
    Column("received_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("traceparent", String(255)),
    Column("body_sealed", LargeBinary, nullable=False),
    Column("refusal", LargeBinary(32)),
    # the idempotent receiver: a file name counts once per sender; without a usable name there is none to count
    UniqueConstraint("sender", "file_name"),
    # and what was refused for its name counts once by its keyed hash, so that a redelivery finds the same answer
    Index("uq_inbox_refusal", "refusal", unique=True),
)

dossier = Table(
    "dossier",
    metadata,
    Column("ticket", TICKET, primary_key=True),
    Column("sender", SENDER, nullable=False),
    Column("company_id", String(10), nullable=False),
    Column("person_index", LargeBinary(32), nullable=False),
    Column("inss_sealed", LargeBinary, nullable=False),
    Column("occupation_start", Date, nullable=False),
    Column("state", String(12), nullable=False),
    Column("language", Integer, nullable=False),
    Column("reference_sealed", LargeBinary, nullable=False),
    Column("last_form", TICKET, nullable=False),
    Column("calculations", Integer, nullable=False),
    Column("contract_end", Date),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("office", CODE, nullable=False, server_default=""),
    Column("last_addition", TICKET),
    Column("decision", TICKET),
    Column("open_return", TICKET),
    Column("has_derogation", Boolean, nullable=False, server_default=text("false")),
    Column("is_agents_word", Boolean, nullable=False, server_default=text("false")),
    _one_of("state", "SUBMITTED", "IN_REVIEW", "RETURNED", "CALCULATED", "WITHDRAWN", "CLOSED"),
    # promise C5, held even where two instances decide at the same moment; a withdrawn dossier frees its place
    Index(
        "uq_dossier_open",
        "person_index",
        "company_id",
        "occupation_start",
        unique=True,
        postgresql_where=text("state <> 'WITHDRAWN'"),
        sqlite_where=text("state <> 'WITHDRAWN'"),
    ),
    Index("ix_dossier_company", "company_id", "state"),
)

form = Table(
    "form",
    metadata,
    Column("ticket", TICKET, ForeignKey("inbox.ticket"), primary_key=True),
    Column("dossier", TICKET, ForeignKey("dossier.ticket"), index=True),
    Column("identification", String(12)),
    Column("accepted", Boolean, nullable=False),
    Column("anomalies", Text, nullable=False),
    Column("topic", String(20), nullable=False, server_default=""),
    Column("answers", TICKET, index=True),
    Column("before", TICKET),
    Column("reference_index", LargeBinary(32), index=True),
    Column("request_sealed", LargeBinary),
)

decision = Table(
    "decision",
    metadata,
    Column("ticket", TICKET, primary_key=True),
    Column("dossier", TICKET, ForeignKey("dossier.ticket"), nullable=False, index=True),
    # nothing is decided twice
    Column("form", TICKET, ForeignKey("inbox.ticket"), nullable=False, unique=True),
    Column("automatic", Boolean, nullable=False),
    Column("agent", String(40)),
    Column("law", CODE, nullable=False),
    Column("route", String(20), nullable=False),
    Column("first_claim_date", Date, nullable=False),
    Column("contract_end", Date, nullable=False),
    Column("remaining_days", Integer, nullable=False),
    Column("facts_sealed", LargeBinary, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("decided_at", Moment, nullable=False),
    # a decision is the engine's or an agent's, never nobody's
    CheckConstraint("automatic = (agent IS NULL)", name="who"),
)

review_task = Table(
    "review_task",
    metadata,
    Column("ticket", TICKET, primary_key=True),
    Column("dossier", TICKET, ForeignKey("dossier.ticket"), nullable=False, index=True),
    Column("form", TICKET, ForeignKey("inbox.ticket"), nullable=False),
    Column("office", CODE, nullable=False),
    Column("state", String(10), nullable=False),
    Column("reasons", Text, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("body_sealed", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("request_message_id", String(255), nullable=False),
    Column("schema_version", String(5), nullable=False),
    _one_of("state", "open", "done", "superseded"),
    _index_where("ix_review_task_open", "due_at", "state = 'open'"),
)

# append-only: a trigger refuses to change or remove a row (revision 0002)
history = Table(
    "history",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("dossier", TICKET, ForeignKey("dossier.ticket"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("actor", String(60), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("ground", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("internal", Boolean, nullable=False, server_default=text("false")),
)

deadline = Table(
    "deadline",
    metadata,
    Column("dossier", TICKET, ForeignKey("dossier.ticket"), primary_key=True),
    Column("form", TICKET, ForeignKey("inbox.ticket"), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("received_at", Moment, nullable=False),
    Column("due_date", Date, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("calendar", String(120), nullable=False),
    Column("state", String(10), nullable=False),
    Column("ended_at", Moment),
    Column("breached_at", Moment),
    _one_of("state", "open", "met", "stopped", "superseded", "done"),
    # an end means that it is known when
    CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
    _index_where("ix_deadline_open", "due_at", "state = 'open' AND breached_at IS NULL"),
)

waiting = Table(
    "waiting",
    metadata,
    Column("form", TICKET, ForeignKey("inbox.ticket"), primary_key=True),
    Column("reference_index", LargeBinary(32), nullable=False),
    Column("until", Moment, nullable=False),
)

attachment = Table(
    "attachment",
    metadata,
    Column("form", TICKET, ForeignKey("inbox.ticket"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("dossier", TICKET, ForeignKey("dossier.ticket"), nullable=False, index=True),
    Column("media_type", String(60), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("name_sealed", LargeBinary, nullable=False),
    Column("content_sealed", LargeBinary, nullable=False),
)

outbox_id = Sequence("outbox_id", metadata=metadata)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("form", TICKET, ForeignKey("inbox.ticket"), nullable=False, index=True),
    Column("recipient", SENDER, nullable=False),
    Column("identification", String(12), nullable=False),
    Column("office", CODE),
    Column("file_name", String(60), nullable=False),
    Column("message_id", String(36), nullable=False),
    Column("correlation_id", String(255)),
    Column("schema_version", String(5), nullable=False),
    Column("replay_of", BigInteger, ForeignKey("outbox.id")),
    Column("body_sealed", LargeBinary),
    Column("created_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("retry_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text),
    Column("ticket", TICKET),
    Column("dossier", TICKET),
    # a replay is the stored answer again: it has no bytes of its own
    CheckConstraint("(replay_of IS NULL) = (body_sealed IS NOT NULL)", name="body"),
    _index_where("ix_outbox_unsent", "retry_at", "sent_at IS NULL"),
    # what a form may refer to; most answers never are
    _index_where("ix_outbox_ticket", "ticket", "ticket IS NOT NULL"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("sender", SENDER),
    Column("file_name", String(255)),
    Column("message_id", String(255)),
    Column("source", String(255), nullable=False),
    Column("reason", Text, nullable=False),
    Column("sha256", LargeBinary(32), nullable=False),
    Column("body_sealed", LargeBinary, nullable=False),
    Column("quarantined_at", Moment, nullable=False),
    Column("state", String(10), nullable=False),
    Column("transport_sealed", LargeBinary),
    Column("attempts", Integer, nullable=False, server_default="1"),
    Column("trail", Text),
    Column("identity", LargeBinary(32)),
    _one_of("state", "held", "replayed", "discarded"),
    _index_where("ix_quarantine_held", "identity", "state = 'held'"),
)

quarantine_event = Table(
    "quarantine_event",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("quarantine", BigInteger, ForeignKey("quarantine.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("actor", String(60), nullable=False),
    Column("action", String(10), nullable=False),
    Column("reason", Text, nullable=False),
    _one_of("action", "begun", "tried", "replayed", "discarded", "written"),
)
"""Who did what with a message put aside, and why. Append-only, like `history`: a trigger refuses anything else."""

key_check = Table(
    "key_check",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
    # one database, one key
    CheckConstraint("id = 1", name="one"),
)
