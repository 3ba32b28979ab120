"""scim2-server's storage contract, kept by our application behind an adapter that speaks HTTP."""

import pytest
from scim2_models import (
    Context,
    InvalidFilterException,
    InvalidPathException,
    NotFoundException,
    PreconditionFailedException,
    ResponseParameters,
    UniquenessException,
)
from scim2_server.storage import ScimStorage, SearchPage
from scim2_server.testing import ScimStorageContract

from tests.world import Connection, World

FAILURES = {404: NotFoundException, 409: UniquenessException, 412: PreconditionFailedException}


class Adapter(ScimStorage):
    """Our application as a storage."""

    supports_cursors = True

    def __init__(self, connection: Connection, models: dict) -> None:
        self.connection = connection
        self.models = models

    def _ask(self, method, path, body=None, **options):
        answer = self.connection.call(method, path, body, **options)
        if answer.status in FAILURES:
            raise FAILURES[answer.status](detail=answer.body["detail"])
        if answer.status == 400:
            kinds = {"invalidFilter": InvalidFilterException, "invalidPath": InvalidPathException}
            raise kinds[answer.body["scimType"]](detail=answer.body["detail"])
        assert answer.status < 300, answer.body
        return answer.body

    def _resource(self, body):
        # The contract leaves locations to the server in front of a storage.
        meta = {key: value for key, value in body["meta"].items() if key != "location"}
        return self.models[meta["resourceType"]].model_validate({**body, "meta": meta})

    def get(self, resource_type, resource_id, *, response_parameters=None):
        query = {}
        if response_parameters is not None:
            query = response_parameters.model_dump(by_alias=True, exclude_none=True)
            query = {
                key: ",".join(str(item) for item in value)
                for key, value in query.items()
                if isinstance(value, list)
            }
        body = self._ask("GET", f"{resource_type.endpoint}/{resource_id}", query=query)
        if "attributes" in query:
            body.setdefault("meta", {"resourceType": resource_type.name})
        return self._resource(body)

    def create(self, resource_type, resource):
        body = resource.model_dump(scim_ctx=Context.RESOURCE_CREATION_REQUEST)
        return self._resource(self._ask("POST", str(resource_type.endpoint), body))

    def update(self, resource_type, resource, *, expected_version=None):
        body = resource.model_dump(scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
        return self._resource(
            self._ask(
                "PUT",
                f"{resource_type.endpoint}/{resource.id}",
                body,
                headers=self._condition(expected_version),
            )
        )

    def delete(self, resource_type, resource_id, *, expected_version=None):
        self._ask(
            "DELETE",
            f"{resource_type.endpoint}/{resource_id}",
            headers=self._condition(expected_version),
        )

    @staticmethod
    def _condition(version):
        headers = {"Content-Type": "application/scim+json"}
        return {**headers, "If-Match": version} if version else headers

    def search(self, resource_types, search_request, *, position=None):
        path = "" if len(resource_types) > 1 else str(resource_types[0].endpoint)
        body = search_request.model_dump(scim_ctx=Context.SEARCH_REQUEST)
        if position is not None:
            body["cursor"] = position
        page = self._ask("POST", f"{path}/.search", body)
        return SearchPage(
            page.get("totalResults"),
            [self._resource(found) for found in page.get("Resources", [])],
            page.get("nextCursor"),
            page.get("previousCursor"),
        )


class TestOurStorage(ScimStorageContract):
    @pytest.fixture
    def connection(self, database_url):
        world = World(database_url)
        return world.connection(world.organization("Contract", sandbox=True))

    @pytest.fixture
    def storage(self, connection, user_model, group_model):
        return Adapter(connection, {"User": user_model, "Group": group_model})

    # The contract skips what a storage lacks; ours must have all of it, so these fail instead.
    @staticmethod
    def require(supported, feature):
        assert supported, feature

    def search_or_skip(self, storage, resource_types, search_request):
        return self.search(storage, resource_types, search_request)

    def search_request_or_skip(self, models, **parameters):
        return self.search_request(models, **parameters)


def test_response_parameters_are_what_the_adapter_takes_them_for():
    assert set(ResponseParameters.model_fields) == {"attributes", "excluded_attributes"}
