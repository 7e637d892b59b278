"""The folder is the list: load every module of a package that offers one named object."""

import importlib
import pkgutil
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def load(package: ModuleType, name: str, kind: type[T]) -> dict[str, T]:
    """Import each module of `package` in name order and return its object `name`, keyed by the module's name.

    Raises TypeError at start when a module does not offer exactly that object: a half-written file can't land.
    """
    found: dict[str, T] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda i: i.name):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        value = getattr(module, name, None)
        if not isinstance(value, kind):
            raise TypeError(f"{module.__name__} must offer {name}, a {kind.__name__}; found {value!r}")
        found[info.name] = value
    return found
