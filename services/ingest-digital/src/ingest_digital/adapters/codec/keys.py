"""The calls of the key service."""

from contact_center.v1 import key_service_pb2
from ingest_digital.adapters.codec.values import parse
from ingest_digital.domain.words import ContactKey

LEASE_KEYS = "/contact_center.v1.KeyService/LeaseKeys"
GET_KEY = "/contact_center.v1.KeyService/GetKey"


def lease_request(workspace: str, count: int) -> bytes:
    request = key_service_pb2.LeaseKeysRequest(workspace=workspace, count=count)
    return request.SerializeToString()


def leased_keys(value: bytes) -> list[ContactKey]:
    response = key_service_pb2.LeaseKeysResponse()
    parse(response, value)
    return [ContactKey(key_id=key.key_id, key=key.key) for key in response.keys]


def key_request(workspace: str, key_id: str) -> bytes:
    return key_service_pb2.GetKeyRequest(workspace=workspace, key_id=key_id).SerializeToString()


def fetched_key(value: bytes) -> ContactKey:
    response = key_service_pb2.GetKeyResponse()
    parse(response, value)
    return ContactKey(key_id=response.key.key_id, key=response.key.key)
