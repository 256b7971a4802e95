"""How a sender reaches this installation: its folders, or its user and queue on the broker; opened, and shut again."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.cli import output
from service.settings import ChannelKind, Settings

if TYPE_CHECKING:
    from handlers.dossier import PartyKind
    from service.broker_admin import Access


@dataclass(frozen=True, slots=True)
class Way:
    """How a sender reaches us; what does not apply is None. `amqp_url` holds a password the one time it is made."""

    queue: str | None = None
    amqp_url: str | None = None
    folder_in: str | None = None
    folder_out: str | None = None
    commands: tuple[str, ...] = ()
    """What an operator must still run on the broker."""


async def open_way(settings: Settings, number: str, kind: "PartyKind") -> Way:
    """Make the folders, or the broker's user and queue with the rights of its kind."""
    if settings.channel is ChannelKind.AMQP:
        return await _on_broker(settings, number, kind)
    home = settings.folder / number
    for part in ("IN", "OUT"):
        (home / part).mkdir(parents=True, exist_ok=True)
    return Way(folder_in=str(home / "IN"), folder_out=str(home / "OUT"))


async def reopen(settings: Settings, number: str, kind: "PartyKind") -> Way:
    """Give a sender's broker user its rights back; the way has an address where the user was gone and is made anew."""
    if settings.channel is not ChannelKind.AMQP:
        return Way()
    access = await _granted(settings, number, kind)
    return Way(amqp_url=_address(settings, access) if access.password else None, commands=access.commands)


async def shut(settings: Settings, number: str) -> Way:
    """Shut a sender's broker user out."""
    from service import broker_admin

    if settings.channel is not ChannelKind.AMQP:
        return Way()
    try:
        closed = await broker_admin.close(settings.broker_admin, settings.amqp_url or "", number)
        return Way(commands=closed.commands)
    except broker_admin.AdministrationFailed as failure:
        output.stop(f"The sender is suspended, but its broker user is not shut out: {failure}. Run the command again.")


async def _on_broker(settings: Settings, number: str, kind: "PartyKind") -> Way:
    from service.channel import topology as broker
    from service.cli.topology import declare

    await declare(settings, [number])
    access = await _granted(settings, number, kind)
    return Way(broker.out_queue(number), _address(settings, access), commands=access.commands)


def _address(settings: Settings, access: "Access") -> str:
    from yarl import URL

    return str(URL(settings.amqp_url or "").with_user(access.rights.user).with_password(access.password))


async def _granted(settings: Settings, number: str, kind: "PartyKind") -> "Access":
    from service import broker_admin

    try:
        return await broker_admin.grant(settings.broker_admin, settings.amqp_url or "", number, kind)
    except broker_admin.AdministrationFailed as failure:
        output.stop(str(failure))
