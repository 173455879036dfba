"""Sealing, address tokens and the cache of keys."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import InvalidMessage, Unavailable
from chassis.sealing import (
    ContactKey,
    KeyCache,
    address_token,
    associated_data,
    new_key,
    open_sealed,
    seal,
)
from chassis.testing import eventually, running

KEY = new_key()
HERE = associated_data("main", "message", "k1")


@given(st.binary(max_size=2000))
def test_what_was_sealed_opens(plaintext: bytes):
    assert open_sealed(KEY, seal("k1", KEY, plaintext, HERE), HERE) == plaintext


def test_the_same_text_is_never_sealed_the_same():
    one, two = seal("k1", KEY, b"hello", HERE), seal("k1", KEY, b"hello", HERE)

    assert one.nonce != two.nonce
    assert one.ciphertext != two.ciphertext
    assert b"hello" not in one.ciphertext


def test_sealed_bytes_open_only_where_they_belong():
    sealed = seal("k1", KEY, b"hello", HERE)
    flipped = bytes([sealed.ciphertext[0] ^ 1]) + sealed.ciphertext[1:]
    wrong = [
        (new_key(), sealed, HERE),
        (KEY, sealed, associated_data("other", "message", "k1")),
        (KEY, sealed, associated_data("main", "name", "k1")),
        (KEY, replace(sealed, ciphertext=flipped), HERE),
        (KEY, replace(sealed, ciphertext=b""), HERE),
        (KEY, replace(sealed, nonce=b"short"), HERE),
    ]

    for key, bad, place in wrong:
        with pytest.raises(InvalidMessage):
            open_sealed(key, bad, place)


@given(st.text(), st.text(), st.text(), st.text())
def test_two_purposes_or_keys_of_a_workspace_never_share_their_associated_data(
    one: str, other: str, key: str, other_key: str
):
    """Key ids are made by crm and have no separator in them."""
    key, other_key = key.replace("|", ""), other_key.replace("|", "")
    is_same = associated_data("main", one, key) == associated_data("main", other, other_key)

    assert is_same == ((one, key) == (other, other_key))


def test_an_address_token_is_stable_keyed_and_versioned():
    token = address_token("secret", "phone", "+4930123456")

    assert token == address_token(b"secret", "phone", "+4930123456")
    assert token.startswith("a1.")
    assert "4930" not in token
    others = {
        address_token("other", "phone", "+4930123456"),
        address_token("secret", "email", "+4930123456"),
        address_token("secret", "phone", "+4930123457"),
        address_token("secret", "phon", "e+4930123456"),
    }
    assert len(others | {token}) == 5
    with pytest.raises(ValueError, match="empty"):
        address_token("", "phone", "+4930123456")


def test_a_key_never_shows_in_a_repr():
    assert KEY.hex() not in repr(ContactKey("k1", KEY))
    assert repr(KEY) not in repr(ContactKey("k1", KEY))


class KeyService:
    """Leases and tells keys, while it is up."""

    def __init__(self) -> None:
        self.keys: dict[str, bytes] = {}
        self.is_up = True
        self.calls: list[str] = []

    async def fetch(self, key_id: str) -> bytes:
        self.calls.append(f"fetch {key_id}")
        await asyncio.sleep(0)
        if not self.is_up:
            raise Unavailable("key service")
        return self.keys[key_id]

    async def lease(self, count: int) -> list[ContactKey]:
        self.calls.append(f"lease {count}")
        if not self.is_up:
            raise Unavailable("key service")
        leased = [ContactKey(f"k{len(self.keys) + n}", new_key()) for n in range(count)]
        self.keys.update({key.key_id: key.key for key in leased})
        return leased


async def test_keys_are_leased_in_batches_ahead_of_need():
    service = KeyService()
    async with running(KeyCache(service.fetch, service.lease, batch=10)) as cache:
        leased = [await cache.lease_key() for _ in range(25)]
        await eventually(lambda: cache.stock >= 5)

        assert len({key.key_id for key in leased}) == 25
        assert 3 <= len(service.calls) <= 5
        assert await cache.key(leased[0].key_id) == leased[0].key
        assert not [call for call in service.calls if call.startswith("fetch")]


async def test_intake_goes_on_while_the_key_service_is_away():
    service = KeyService()
    async with running(KeyCache(service.fetch, service.lease, batch=5)) as cache:
        await eventually(lambda: cache.stock == 5)
        service.is_up = False
        for _ in range(5):
            await cache.lease_key()
        with pytest.raises(Unavailable):
            await cache.lease_key(within=0.05)
        service.is_up = True

        assert await cache.lease_key(within=10)


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_fetched_key_is_kept_for_its_time_and_longer_only_in_an_outage():
    clock, service = Clock(), KeyService()
    await service.lease(1)
    cache = KeyCache(service.fetch, ttl_seconds=300, stale_seconds=600, clock=clock)
    for clock.now in (0.0, 299.0, 301.0):
        await cache.key("k0")
    fetched_while_up = service.calls.count("fetch k0")
    service.is_up = False
    for clock.now in (302.0, 700.0, 1200.0):
        assert await cache.key("k0") == service.keys["k0"]
    clock.now = 1202.0
    with pytest.raises(Unavailable):
        await cache.key("k0")

    assert fetched_while_up == 2


async def test_a_destroyed_key_is_forgotten_at_the_next_fetch():
    clock, service = Clock(), KeyService()
    await service.lease(1)
    cache = KeyCache(service.fetch, ttl_seconds=300, clock=clock)
    await cache.key("k0")
    del service.keys["k0"]
    clock.now = 301.0
    with pytest.raises(KeyError):
        await cache.key("k0")
    service.is_up = False

    with pytest.raises(Unavailable):
        await cache.key("k0")


async def test_the_cache_is_bounded_and_forgets_the_least_used():
    service = KeyService()
    await service.lease(4)
    cache = KeyCache(service.fetch, max_keys=3)
    for key_id in ("k0", "k1", "k2", "k0", "k3", "k0", "k1"):
        await cache.key(key_id)

    assert service.calls[1:] == ["fetch k0", "fetch k1", "fetch k2", "fetch k3", "fetch k1"]


async def test_many_who_ask_for_one_key_cause_one_call():
    service = KeyService()
    await service.lease(1)
    cache = KeyCache(service.fetch)

    keys = await asyncio.gather(*(cache.key("k0") for _ in range(50)))

    assert set(keys) == {service.keys["k0"]}
    assert service.calls.count("fetch k0") == 1


async def test_an_unexpected_error_of_the_key_service_ends_the_process():
    async def lease(count: int) -> list[ContactKey]:
        raise LookupError("a defect")

    cache = KeyCache(lease=lease)
    with pytest.raises(LookupError):
        await cache.run()
