"""Logs: structured, on standard error, without a message's content.

The client libraries put whole messages into the arguments of their log records; those arguments are dropped here, and
only the record's template is kept.
"""

import logging
import sys
from typing import Any

import structlog

LIBRARIES = ("aio_pika", "aiormq", "sqlalchemy", "alembic", "asyncio")


class WithoutArguments(logging.Handler):
    """Hands a library's record to structlog: its template and its exception's type, never its arguments."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the record's template at its own level."""
        fields: dict[str, Any] = {"library": record.name}
        if record.exc_info and record.exc_info[0]:
            fields["fault"] = record.exc_info[0].__name__
        structlog.get_logger().log(record.levelno, str(record.msg), **fields)


def configure(level: int = logging.INFO) -> None:
    """Send all logs to standard error: readable on a terminal, JSON lines elsewhere."""
    renderer = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    for name in LIBRARIES:
        logger = logging.getLogger(name)
        logger.handlers = [WithoutArguments(logging.WARNING)]
        logger.setLevel(logging.WARNING)
        logger.propagate = False


def silence() -> None:
    """Log only what is critical: for commands whose answer tells every fault itself."""
    configure(logging.CRITICAL)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.CRITICAL)
