"""Shapes: one table per message that says which element holds which field; read, written and located from that table.

    Shape ── model, and its fields in the order of the wire
      ├─ Leaf      one element, one value
      ├─ Block     one element, one sub-model
      ├─ Many      a repeated element, a tuple
      └─ Inside    an element without a model of its own        (less common fields: `schemas.codec.compound`)

Reading is tolerant with `construct`: what is absent or unreadable is simply missing, so that business checks can run
on what is left of an invalid message. On a valid message `build` is used: then nothing may be missing or unreadable.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lxml import etree

from schemas.codec.values import Kind
from schemas.models.header import Model

Element = etree._Element
Values = dict[str, Any]
Make = Callable[[type[Any], Values], Any]
Reader = Callable[[Element, Values, Make], None]
Writer = Callable[[Any, list[str]], None]
Finisher = Callable[[Values, Make], None]


def build(model: type[Any], values: Values) -> Any:
    """Make a validated model; raises `pydantic.ValidationError` where the values do not fit."""
    return model(**values)


def construct(model: type[Model], values: Values) -> Any:
    """Make a model from what could be read: no validation, None for what is missing and has no default."""
    kept = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    for name, info in model.model_fields.items():
        if name not in kept and info.is_required():
            kept[name] = None
    return model.model_construct(None, **kept)


def local_name(element: Element) -> str:
    """Give an element's name without namespace."""
    return str(element.tag).rpartition("}")[2]


def fill(table: dict[str, Reader], element: Element, values: Values, make: Make) -> None:
    """Read the children of an element into `values`; with `build`, a value that cannot be read raises `ValueError`."""
    for child in element:
        reader = table.get(child.tag.rpartition("}")[2])  # type: ignore[union-attr, arg-type]
        if reader is None:
            continue
        try:
            reader(child, values, make)
        except ValueError:
            if make is build:
                raise


@dataclass(frozen=True, slots=True)
class Route:
    """Where a field stands: elements to pass, its own element (None for a flat sub-model), its shape if it has one."""

    containers: tuple[str, ...]
    element: str | None
    shape: "Shape | None" = None


class Field(Protocol):
    """One entry of a shape."""

    def readers(self) -> Iterable[tuple[str, Reader]]:
        """Give a reader for each element name this field owns."""
        ...

    def writer(self) -> Writer:
        """Give the function that appends this field's elements."""
        ...

    def finishers(self) -> Iterable[Finisher]:
        """Give what must be put together once all children were read."""
        ...

    def routes(self, containers: tuple[str, ...]) -> Iterable[tuple[str, Route]]:
        """Give where each model field stands below `containers`."""
        ...


class Shape:
    """How one model stands on the wire, compiled once from its fields."""

    def __init__(self, model: type[Any], *fields: Field) -> None:
        self.model = model
        self.fields: Sequence[Field] = ()
        self.table: dict[str, Reader] = {}
        self.routes: dict[str, Route] = {}
        self._writers: list[Writer] = []
        self._finishers: list[Finisher] = []
        self.extend(*fields)

    def extend(self, *fields: Field) -> None:
        """Add fields at the end; how a shape comes to hold itself."""
        self.fields = (*self.fields, *fields)
        for item in fields:
            self.table.update(item.readers())
            self.routes.update(item.routes(()))
            self._writers.append(item.writer())
            self._finishers.extend(item.finishers())

    def read(self, element: Element, make: Make) -> Any:
        """Read the model that stands in an element."""
        values: Values = {}
        fill(self.table, element, values, make)
        return self.finish(values, make)

    def finish(self, values: Values, make: Make) -> Any:
        """Make the model from what was read, its flat sub-models and pairs first."""
        for finisher in self._finishers:
            finisher(values, make)
        return make(self.model, values)

    def write(self, model: Any, out: list[str]) -> None:
        """Append the model's elements, each on a line of its own."""
        for writer in self._writers:
            writer(model, out)


def leaf_reader(attr: str, parse: Callable[[str], Any]) -> Reader:
    """Give a reader of one value; the first of a doubled element wins."""

    def read(child: Element, values: Values, make: Make) -> None:
        if attr not in values:
            values[attr] = parse(child.text or "")

    return read


@dataclass(frozen=True, slots=True)
class Leaf:
    """One element, one value. `omit`: a value that is not written, besides None."""

    element: str
    attr: str
    kind: Kind
    omit: Any = None

    def readers(self) -> Iterable[tuple[str, Reader]]:
        """Read the first such element."""
        return [(self.element, leaf_reader(self.attr, self.kind.parse))]

    def writer(self) -> Writer:
        """Write the value unless it is None or the omitted one."""
        attr, to_text, omit = self.attr, self.kind.to_text, self.omit
        opening, closing = f"<{self.element}>", f"</{self.element}>\n"

        def write(model: Any, out: list[str]) -> None:
            value = getattr(model, attr)
            if value is not None and (omit is None or value != omit):
                out.append(opening + to_text(value) + closing)

        return write

    def finishers(self) -> Iterable[Finisher]:
        """Nothing to put together."""
        return ()

    def routes(self, containers: tuple[str, ...]) -> Iterable[tuple[str, Route]]:
        """One element."""
        return [(self.attr, Route(containers, self.element))]


@dataclass(frozen=True, slots=True)
class Block:
    """One element that holds a sub-model; not written where that is None."""

    element: str
    attr: str
    shape: Shape

    def readers(self) -> Iterable[tuple[str, Reader]]:
        """Read the first such element."""
        attr, shape = self.attr, self.shape

        def read(child: Element, values: Values, make: Make) -> None:
            if attr not in values:
                values[attr] = shape.read(child, make)

        return [(self.element, read)]

    def writer(self) -> Writer:
        """Write the sub-model between its tags."""
        attr, shape = self.attr, self.shape
        opening, closing = f"<{self.element}>\n", f"</{self.element}>\n"

        def write(model: Any, out: list[str]) -> None:
            value = getattr(model, attr)
            if value is not None:
                out.append(opening)
                shape.write(value, out)
                out.append(closing)

        return write

    def finishers(self) -> Iterable[Finisher]:
        """Nothing to put together."""
        return ()

    def routes(self, containers: tuple[str, ...]) -> Iterable[tuple[str, Route]]:
        """One element, with the sub-model's fields below it."""
        return [(self.attr, Route(containers, self.element, self.shape))]


@dataclass(frozen=True, slots=True)
class Many:
    """A repeated element: a tuple of sub-models (`item` a shape) or of values (`item` a kind)."""

    element: str
    attr: str
    item: Shape | Kind

    def readers(self) -> Iterable[tuple[str, Reader]]:
        """Read each in turn."""
        attr, item = self.attr, self.item

        def read(child: Element, values: Values, make: Make) -> None:
            value = item.read(child, make) if isinstance(item, Shape) else item.parse(child.text or "")
            values.setdefault(attr, []).append(value)

        return [(self.element, read)]

    def writer(self) -> Writer:
        """Write each in turn."""
        attr, item = self.attr, self.item
        opening, closing = f"<{self.element}>", f"</{self.element}>\n"

        def write(model: Any, out: list[str]) -> None:
            for value in getattr(model, attr):
                if isinstance(item, Kind):
                    out.append(opening + item.to_text(value) + closing)
                else:
                    out.append(opening + "\n")
                    item.write(value, out)
                    out.append(closing)

        return write

    def finishers(self) -> Iterable[Finisher]:
        """Nothing to put together."""
        return ()

    def routes(self, containers: tuple[str, ...]) -> Iterable[tuple[str, Route]]:
        """Find the element by index."""
        return [(self.attr, Route(containers, self.element, self.item if isinstance(self.item, Shape) else None))]


class Inside:
    """An element that nests fields on the wire but not in the model; not written where it would be empty."""

    def __init__(self, element: str, *fields: Field) -> None:
        self.element = element
        self.fields = fields

    def readers(self) -> Iterable[tuple[str, Reader]]:
        """Read the nested fields into the same model."""
        table = {name: reader for item in self.fields for name, reader in item.readers()}
        return [(self.element, lambda child, values, make: fill(table, child, values, make))]

    def writer(self) -> Writer:
        """Write the nested fields between the tags."""
        writers = [item.writer() for item in self.fields]
        opening, closing = f"<{self.element}>\n", f"</{self.element}>\n"

        def write(model: Any, out: list[str]) -> None:
            before = len(out)
            out.append(opening)
            for writer in writers:
                writer(model, out)
            if len(out) == before + 1:
                out.pop()
            else:
                out.append(closing)

        return write

    def finishers(self) -> Iterable[Finisher]:
        """Those of the nested fields."""
        return [finisher for item in self.fields for finisher in item.finishers()]

    def routes(self, containers: tuple[str, ...]) -> Iterable[tuple[str, Route]]:
        """Find the nested fields one element deeper."""
        return [route for item in self.fields for route in item.routes((*containers, self.element))]
