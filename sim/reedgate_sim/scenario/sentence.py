"""What is found about a run, as sentences that are put into words later, in a person's tongue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Tr = Callable[..., str]


@dataclass(frozen=True)
class Sentence:
    """A sentence of the catalogue and what fills it; a value may be one too, or several."""

    message: str
    values: Mapping[str, object]

    def text(self, tr: Tr) -> str:
        return tr(self.message, **{key: _said(tr, each) for key, each in self.values.items()})


def msg(message: str, **values: object) -> Sentence:
    return Sentence(message, values)


def _said(tr: Tr, value: object) -> object:
    if isinstance(value, Sentence):
        return value.text(tr)
    if isinstance(value, tuple):
        return "; ".join(str(_said(tr, each)) for each in value)
    return value
