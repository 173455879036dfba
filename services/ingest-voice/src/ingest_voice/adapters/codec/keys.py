"""The key service's words."""

from collections.abc import Sequence

from chassis.sealing import ContactKey
from contact_center.v1 import key_service_pb2

LEASE_KEYS = "/contact_center.v1.KeyService/LeaseKeys"
GET_KEY = "/contact_center.v1.KeyService/GetKey"


def lease_request(workspace: str, count: int) -> bytes:
    return key_service_pb2.LeaseKeysRequest(workspace=workspace, count=count).SerializeToString()


def leased_keys(answer: bytes) -> Sequence[ContactKey]:
    response = key_service_pb2.LeaseKeysResponse.FromString(answer)
    return [ContactKey(key.key_id, key.key) for key in response.keys]


def key_request(workspace: str, key_id: str) -> bytes:
    return key_service_pb2.GetKeyRequest(workspace=workspace, key_id=key_id).SerializeToString()


def fetched_key(answer: bytes) -> bytes:
    return key_service_pb2.GetKeyResponse.FromString(answer).key.key
