"""The decision whose customer a contact is, without a database."""

from datetime import UTC, datetime

from crm.domain.identification import Address, Arrival, Known, recognise

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PHONE = Address(kind="phone", token="p", is_verified=True)
MAIL = Address(kind="email", token="m", is_verified=True)
CHAT = Address(kind="chat", token="v", is_verified=True)


def an_arrival(*addresses: Address, **more: str) -> Arrival:
    return Arrival(
        workspace="main",
        contact_id="c1",
        key_id="k",
        arrived_at=NOON,
        addresses=addresses,
        **more,
    )


def test_the_strongest_address_decides_whatever_the_order():
    known = Known(owners={CHAT.key: "by-chat", MAIL.key: "by-mail", PHONE.key: "by-phone"})

    for addresses in ((CHAT, MAIL, PHONE), (PHONE, CHAT, MAIL), (MAIL, PHONE, CHAT)):
        found = recognise(an_arrival(*addresses), known)
        assert found.customer_id == "by-phone"
        assert found.possible_duplicates == ("by-mail", "by-chat")
        assert found.addresses == (PHONE,)


def test_a_new_customer_has_the_same_id_whatever_contact_brings_the_address():
    one = recognise(an_arrival(MAIL), Known())
    other = recognise(
        Arrival(workspace="main", contact_id="c2", key_id="", arrived_at=NOON, addresses=(MAIL,)),
        Known(),
    )

    assert one.customer_id == other.customer_id
    assert one.is_new


def test_an_address_that_came_twice_is_kept_once_and_vouched_for():
    claimed = Address(kind="phone", token="p", is_verified=False)

    assert recognise(an_arrival(PHONE, claimed), Known()).addresses == (PHONE,)
    assert recognise(an_arrival(claimed, PHONE), Known()).addresses == (PHONE,)


def test_a_claimed_address_of_another_customer_is_kept_as_a_claim():
    claimed = Address(kind="phone", token="p", is_verified=False)
    found = recognise(an_arrival(claimed), Known())

    assert found.addresses == (claimed,)
    assert found.is_new


def test_without_an_address_the_line_decides_and_without_a_line_the_contact():
    alone = recognise(an_arrival(), Known())
    in_line = recognise(an_arrival(initial_id="c0"), Known(lineage_customer_id="ada"))
    waiting = recognise(an_arrival(initial_id="c0"), Known())

    assert alone.is_new
    assert in_line.customer_id == "ada"
    assert not in_line.is_new
    assert waiting.customer_id == ""


def test_a_verified_address_counts_more_than_the_line_and_both_are_noted():
    known = Known(owners={MAIL.key: "bob"}, lineage_customer_id="ada")
    found = recognise(an_arrival(MAIL, initial_id="c0"), known)

    assert found.customer_id == "bob"
    assert found.possible_duplicates == ("ada",)
