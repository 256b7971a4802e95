"""Tickets, and the message ids that follow from them. Leaf module."""

import secrets
from uuid import NAMESPACE_URL, UUID, uuid5

from schemas.identifiers import TICKET_ALPHABET, TICKET_LENGTH

MESSAGE_IDS: UUID = uuid5(NAMESPACE_URL, "https://cpas-onem.example/message")
"""Namespace of message ids: an answer's derives from its ticket, so it is the same however often it is sent."""

_TICKETS = len(TICKET_ALPHABET) ** TICKET_LENGTH


def draw_ticket() -> str:
    """Give a fresh ticket that cannot be guessed from its neighbours."""
    number = secrets.randbelow(_TICKETS)
    characters = []
    for _ in range(TICKET_LENGTH):
        number, character = divmod(number, len(TICKET_ALPHABET))
        characters.append(TICKET_ALPHABET[character])
    return "".join(characters)


def message_id_of(ticket: str) -> str:
    """Give the message id of the answer with that ticket."""
    return str(uuid5(MESSAGE_IDS, ticket))
