"""The API's page: every endpoint, written from its own description."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an endpoint."""

    name: str
    where: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint. `example` is an address to try, empty where it needs an id."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    example: str


@dataclass(frozen=True, slots=True)
class DocsView:
    """What `docs/page.html` may use."""

    title: str
    version: str
    endpoints: tuple[Endpoint, ...]


def build(schema: Mapping[str, Any]) -> DocsView:
    """Build the page from the OpenAPI document."""
    found: list[Endpoint] = []
    for path, methods in cast("Mapping[str, Mapping[str, Mapping[str, Any]]]", schema["paths"]).items():
        for method, operation in methods.items():
            found.append(
                Endpoint(
                    method=method.upper(),
                    path=path,
                    summary=str(operation.get("summary", "")),
                    description=str(operation.get("description", "")),
                    parameters=tuple(_parameter(raw) for raw in operation.get("parameters", ())),
                    example="" if "{" in path else path,
                )
            )
    return DocsView(str(schema["info"]["title"]), str(schema["info"]["version"]), tuple(found))


def _parameter(raw: Mapping[str, Any]) -> Parameter:
    return Parameter(
        str(raw["name"]), str(raw["in"]), bool(raw.get("required", False)), str(raw.get("description", ""))
    )
