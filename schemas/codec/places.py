"""Where a field of a model stands in the file: worked out only when asked, since most messages have no anomaly."""

import re
from collections.abc import Iterator

from schemas.codec.shape import Element, Route, Shape, local_name
from schemas.findings import Place

_PLAIN = re.compile("[A-Za-z]{1,60}[0-9]{0,3}")


def location_of(element: Element) -> str:
    """Give the XPath of an element with indexes and plain names: `/OCCP001/Form[1]/NaturalPerson[1]/INSS[1]`.

    A name that is not made of letters is not repeated: a sender could have put anything in it.
    """
    steps: list[str] = []
    current: Element | None = element
    while current is not None:
        parent = current.getparent()
        name = local_name(current)
        shown = name if _PLAIN.fullmatch(name) else "*"
        if parent is None:
            steps.append(shown)
        else:
            same = str(current.tag) if shown == name else "*"
            index = 1 + sum(1 for _ in current.itersiblings(same, preceding=True))
            steps.append(f"{shown}[{index}]")
        current = parent
    return "/" + "/".join(reversed(steps))


def place_of(element: Element, tag: str | None = None) -> Place:
    """Give the place of an element; `tag` names a child that should stand there and does not."""
    return Place(tag or local_name(element), element.sourceline, location_of(element))


class Places:
    """The places of one message's fields, by path in model terms: `planned.start`, `history[1].start`, `header`.

    Indexes count from 0, as in the model's tuples. A field that is absent has the place of the block it should stand
    in, with its own element name as tag.
    """

    def __init__(self, form: Element | None = None, shape: Shape | None = None) -> None:
        self._form = form
        self._shape = shape

    def find(self, path: str) -> Place:
        """Give the place of a path; an unknown path gives an empty place."""
        element, tag = self._walk(path)
        return Place() if element is None else place_of(element, tag)

    def text(self, path: str) -> str | None:
        """Give what stands in the file at a path, as written; None where nothing does."""
        element, tag = self._walk(path)
        return None if element is None or tag is not None else element.text

    def _walk(self, path: str) -> tuple[Element | None, str | None]:
        """Give the element of a path, or the nearest one above it with the name that is missing below."""
        element, shape = self._form, self._shape
        for name, index in _segments(path):
            route = shape.routes.get(name) if shape is not None else None
            if element is None or route is None:
                return None, None
            found, missing = _descend(element, route, index)
            if missing is not None:
                return found, missing
            element, shape = found, route.shape
        return element, None


def _segments(path: str) -> Iterator[tuple[str, int]]:
    for segment in path.split("."):
        name, _, index = segment.partition("[")
        yield name, int(index.rstrip("]")) if index else 0


def _descend(element: Element, route: Route, index: int) -> tuple[Element, str | None]:
    names = [(name, 0) for name in route.containers]
    if route.element is not None:
        names.append((route.element, index))
    for name, wanted in names:
        same = [child for child in element if local_name(child) == name]
        if wanted >= len(same):
            return element, name
        element = same[wanted]
    return element, None
