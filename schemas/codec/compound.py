"""The less common fields of a shape: one model field made of several elements, or of another message.

Flat       a sub-model whose elements stand among the parent's
Moment     date and hour, one aware datetime
Span       two optional dates, one pair
Pairs      a repeated element of two texts, a tuple of pairs
Embedded   a whole message of another type inside an element
Written    an element that the model does not hold: written, never read
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from schemas.codec.shape import (
    Element,
    Finisher,
    Make,
    Reader,
    Route,
    Shape,
    Values,
    Writer,
    build,
    leaf_reader,
    local_name,
)
from schemas.codec.values import CODE, DATE, Kind, read_moment, write_moment


@dataclass(frozen=True, slots=True)
class Flat:
    """A sub-model whose elements stand among the parent's.

    Where its elements stand in two places, the same `attr` is given twice and `last` is False on the first.
    """

    attr: str
    shape: Shape
    last: bool = True

    def readers(self) -> Iterable[tuple[str, Reader]]:
        """Read the sub-model's elements where the parent's stand."""
        return [(name, _into(self.attr, reader)) for name, reader in self.shape.table.items()]

    def writer(self) -> Writer:
        """Write the sub-model without tags."""
        attr, shape = self.attr, self.shape
        return lambda model, out: shape.write(getattr(model, attr), out)

    def finishers(self) -> Iterable[Finisher]:
        """Make the sub-model once all its elements were read."""
        attr, shape = self.attr, self.shape

        def finish(values: Values, make: Make) -> None:
            values[attr] = shape.finish(values.get(attr, {}), make)

        return [finish] if self.last else ()

    def routes(self, containers: tuple[str, ...]) -> Iterable[tuple[str, Route]]:
        """No element of its own."""
        return [(self.attr, Route(containers, None, self.shape))]


def _into(attr: str, reader: Reader) -> Reader:
    return lambda child, values, make: reader(child, values.setdefault(attr, {}), make)


def _joined(attr: str, join: Callable[[Any, Any], Any]) -> Finisher:
    one, two = f"{attr}/1", f"{attr}/2"

    def finish(values: Values, make: Make) -> None:
        left, right = values.pop(one, None), values.pop(two, None)
        if left is None or right is None:
            return
        try:
            values[attr] = join(left, right)
        except ValueError:
            if make is build:
                raise

    return finish


@dataclass(frozen=True, slots=True)
class Moment:
    """Two neighbouring elements, Brussels date and hour, that make one aware datetime."""

    element: str
    hour_element: str
    attr: str

    def readers(self) -> Iterable[tuple[str, Reader]]:
        """Read both."""
        yield self.element, leaf_reader(f"{self.attr}/1", DATE.parse)
        yield self.hour_element, leaf_reader(f"{self.attr}/2", CODE.parse)

    def writer(self) -> Writer:
        """Write both."""
        attr, element, hour_element = self.attr, self.element, self.hour_element

        def write(model: Any, out: list[str]) -> None:
            day, hour = write_moment(getattr(model, attr))
            out.append(f"<{element}>{day}</{element}>\n<{hour_element}>{hour}</{hour_element}>\n")

        return write

    def finishers(self) -> Iterable[Finisher]:
        """Join date and hour."""
        return [_joined(self.attr, read_moment)]

    def routes(self, containers: tuple[str, ...]) -> Iterable[tuple[str, Route]]:
        """Where the date stands."""
        return [(self.attr, Route(containers, self.element))]


@dataclass(frozen=True, slots=True)
class Span:
    """Two neighbouring optional dates that make one pair, or None."""

    element: str
    end_element: str
    attr: str

    def readers(self) -> Iterable[tuple[str, Reader]]:
        """Read both."""
        yield self.element, leaf_reader(f"{self.attr}/1", DATE.parse)
        yield self.end_element, leaf_reader(f"{self.attr}/2", DATE.parse)

    def writer(self) -> Writer:
        """Write both, or neither."""
        attr, element, end_element = self.attr, self.element, self.end_element

        def write(model: Any, out: list[str]) -> None:
            span = getattr(model, attr)
            if span is not None:
                out.append(f"<{element}>{span[0]}</{element}>\n<{end_element}>{span[1]}</{end_element}>\n")

        return write

    def finishers(self) -> Iterable[Finisher]:
        """Join both ends."""
        return [_joined(self.attr, lambda start, end: (start, end))]

    def routes(self, containers: tuple[str, ...]) -> Iterable[tuple[str, Route]]:
        """Where the first date stands."""
        return [(self.attr, Route(containers, self.element))]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A repeated element of two texts: a tuple of pairs."""

    element: str
    attr: str
    first: str
    second: str
    kind: Kind

    def readers(self) -> Iterable[tuple[str, Reader]]:
        """Read each pair in turn."""
        attr, first, second, parse = self.attr, self.first, self.second, self.kind.parse

        def read(child: Element, values: Values, make: Make) -> None:
            texts = {local_name(leaf): parse(leaf.text or "") for leaf in child}
            values.setdefault(attr, []).append((texts.get(first, ""), texts.get(second, "")))

        return [(self.element, read)]

    def writer(self) -> Writer:
        """Write each pair in turn."""
        attr, element, first, second, to_text = self.attr, self.element, self.first, self.second, self.kind.to_text

        def write(model: Any, out: list[str]) -> None:
            for one, two in getattr(model, attr):
                out.append(f"<{element}>\n<{first}>{to_text(one)}</{first}>\n")
                out.append(f"<{second}>{to_text(two)}</{second}>\n</{element}>\n")

        return write

    def finishers(self) -> Iterable[Finisher]:
        """Nothing to put together."""
        return ()

    def routes(self, containers: tuple[str, ...]) -> Iterable[tuple[str, Route]]:
        """Find the element by index."""
        return [(self.attr, Route(containers, self.element))]


@dataclass(frozen=True, slots=True)
class Embedded:
    """A whole message of another type, carried in its own namespace inside an element."""

    element: str
    attr: str
    root: str
    namespace: str
    shape: Shape

    def readers(self) -> Iterable[tuple[str, Reader]]:
        """Read the embedded message's form."""
        attr, shape = self.attr, self.shape

        def read(child: Element, values: Values, make: Make) -> None:
            if len(child) and len(child[0]):
                values[attr] = shape.read(child[0][0], make)

        return [(self.element, read)]

    def writer(self) -> Writer:
        """Write the whole message between the tags."""
        attr, shape = self.attr, self.shape
        opening = f'<{self.element}>\n<{self.root} xmlns="{self.namespace}">\n<Form>\n'
        closing = f"</Form>\n</{self.root}>\n</{self.element}>\n"

        def write(model: Any, out: list[str]) -> None:
            out.append(opening)
            shape.write(getattr(model, attr), out)
            out.append(closing)

        return write

    def finishers(self) -> Iterable[Finisher]:
        """Nothing to put together."""
        return ()

    def routes(self, containers: tuple[str, ...]) -> Iterable[tuple[str, Route]]:
        """Find the embedded form, with its fields below it."""
        return [(self.attr, Route((*containers, self.element, self.root), "Form", self.shape))]


@dataclass(frozen=True, slots=True)
class Written:
    """An element that follows from the model but is no field of it: written, never read."""

    element: str
    text: Callable[[Any], str]

    def readers(self) -> Iterable[tuple[str, Reader]]:
        """Nothing is read."""
        return ()

    def writer(self) -> Writer:
        """Write the element."""
        element, text = self.element, self.text
        return lambda model, out: out.append(f"<{element}>{text(model)}</{element}>\n")

    def finishers(self) -> Iterable[Finisher]:
        """Nothing to put together."""
        return ()

    def routes(self, containers: tuple[str, ...]) -> Iterable[tuple[str, Route]]:
        """No field of the model."""
        return ()
