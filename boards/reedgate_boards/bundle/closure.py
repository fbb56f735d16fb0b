"""All that `reedgate` needs on another computer, in the versions that this one runs.

Follows the metadata of what is installed here; what only the other computer needs is asked for.
"""

import importlib.metadata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    requires: tuple[str, ...]

    @property
    def pinned(self) -> str:
        return f"{self.name}=={self.version}"


def installed(requirement: Requirement) -> Package | None:
    try:
        found = importlib.metadata.distribution(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return None
    name = canonicalize_name(requirement.name)
    return Package(name, found.version, tuple(found.requires or ()))


def closure(
    root: str, environment: dict[str, str], ask: Callable[[Requirement], Package]
) -> list[Package]:
    """Packages below root, itself left out, sorted by name; environment: of the other computer.

    ask gives a package that is not installed here.
    """
    found: dict[str, Package] = {}
    seen: set[tuple[str, str]] = set()
    left = [(Requirement(root), "")]
    while left:
        requirement, extra = left.pop()
        name = canonicalize_name(requirement.name)
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        if name not in found:
            found[name] = installed(requirement) or ask(requirement)
        below = _needed(found[name].requires, environment | {"extra": extra})
        left += [(each, more) for each in below for more in ("", *each.extras)]
    del found[canonicalize_name(Requirement(root).name)]
    return sorted(found.values(), key=lambda package: package.name)


def _needed(requires: Iterable[str], environment: dict[str, str]) -> list[Requirement]:
    parsed = map(Requirement, requires)
    return [each for each in parsed if _holds(each.marker, environment)]


def _holds(marker: Marker | None, environment: dict[str, str]) -> bool:
    return marker is None or marker.evaluate(environment)
