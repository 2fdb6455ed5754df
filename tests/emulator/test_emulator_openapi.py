"""The contract as data: what the description says, held against the emulator itself."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from nemo_sdk.emulator._answers import ENDPOINTS
from nemo_sdk.emulator._envelopes import Envelopes, Shapes
from nemo_sdk.emulator._openapi import document

from .conftest import Api, Emulators

SHAPES = get_args(Shapes)


def operations(described: Any) -> dict[str, Any]:
    """Returns the operations under their names."""
    methods = [method for path in described["paths"].values() for method in path.values()]
    return {method["operationId"]: method for method in methods}


def references(value: Any) -> Iterator[str]:
    """Yields every reference in a description."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


async def test_the_description_is_served(api: Api) -> None:
    """`/openapi.json` is OpenAPI 3.1, names this emulator, and is no call of the service."""
    status, described = await api.call("GET", "/openapi.json")
    assert status == 200
    assert described["openapi"].startswith("3.1.")
    assert described["servers"] == [{"url": api.emulator.base_url}]
    assert api.emulator.calls == []


async def test_every_endpoint_is_described() -> None:
    """No endpoint of the API is left out, none is made up."""
    assert set(operations(document("A", "", "1"))) == set(ENDPOINTS) - {"film", "unknown"}


def test_references_lead_somewhere() -> None:
    """Every reference names a schema that is there, and every schema is used by some wrapping."""
    described = [document(shapes, "", "1") for shapes in SHAPES]
    found = {reference.rpartition("/")[2] for reference in references(described)}
    assert found == set(described[0]["components"]["schemas"])


@pytest.mark.parametrize("shapes", SHAPES)
def test_links_lead_to_operations(shapes: Shapes) -> None:
    """Every link of an answer names an operation."""
    known = operations(document(shapes, "", "1"))
    links = [
        link["operationId"]
        for operation in known.values()
        for link in operation["responses"]["200"].get("links", {}).values()
    ]
    assert len(links) > 5
    assert set(links) <= set(known)


@pytest.mark.parametrize("shapes", SHAPES)
def test_a_refusal_is_described_under_its_status(shapes: Shapes) -> None:
    """An unknown session is 1002 on 200 in shape A, and a 404 in the others."""
    state = operations(document(shapes, "", "1"))["state"]
    assert ("404" in state["responses"]) == (Envelopes(shapes).status(1002) == 404)
    assert "401" in state["responses"]


async def test_the_description_follows_the_wrapping(emulators: Emulators) -> None:
    """An emulator describes the wrapping that it was told to use."""
    api = await emulators(shapes="C")
    _, described = await api.call("GET", "/openapi.json")
    answer = operations(described)["balance"]["responses"]["200"]
    assert answer["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Balance"
    }


@pytest.mark.parametrize("path", ["/run_sse", "/api/tasks/me/with-session/nemo_agent"])
async def test_another_method_is_405(api: Api, path: str) -> None:
    """A path that is there, asked with another method, is 405 and says which it takes."""
    async with api.http.put(path) as response:
        assert response.status == 405
        assert response.headers["Allow"] == "POST"
