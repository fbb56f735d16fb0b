"""What is found about a run, as sentences that are put into words later, in a person's tongue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Tr = Callable[..., str]


@dataclass(frozen=True)
class Sentence:
    """A sentence of the catalogue and what fills it."""

    message: str
    values: Mapping[str, object]

    def text(self, tr: Tr) -> str:
        return tr(self.message, **self.values)


def msg(message: str, **values: object) -> Sentence:
    return Sentence(message, values)
