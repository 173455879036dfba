"""What the chain notices."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from crm.adapters.audit_account import MOST_TOLD, Account
from crm.command import tell
from crm.domain.audit_chain import FIRST, Head, Link, Source, Verifier

Chain = list[Link]


def a_chain(length: int = 6, workspace: str = "main") -> Chain:
    head, links = Head(workspace=workspace), []
    for number in range(length):
        link = head.next_link(f"event {number}".encode(), Source(partition=1, offset=number))
        links.append(link)
        head = link.head
    return links


def first_wrong(links: Chain, anchors: dict[str, Head] | None = None) -> str:
    verifier = Verifier(anchors)
    said = [f"{link.number} {wrong}" for link in links if (wrong := verifier.follow(link))]
    return next(iter([*said, *verifier.missed_anchors()]), "")


def test_a_whole_chain_is_whole_and_repeats_of_it_are_harmless():
    links = a_chain()

    assert links[0].previous_hash == FIRST
    assert first_wrong(links) == ""
    assert first_wrong([*links[:3], links[2], *links[3:]]) == ""


def test_the_same_events_make_the_same_links():
    assert a_chain() == a_chain()
    assert a_chain(workspace="a")[0].hash != a_chain(workspace="b")[0].hash


def test_two_workspaces_have_chains_of_their_own():
    mixed = [link for pair in zip(a_chain(), a_chain(workspace="b"), strict=True) for link in pair]

    assert first_wrong(mixed) == ""


def forged(link: Link, event: bytes) -> Link:
    """Changed together with its own hash."""
    before = Head(workspace=link.workspace, number=link.number - 1, hash=link.previous_hash)
    return before.next_link(event, link.source)


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda c: c[:2] + c[3:], "4 follows 2: 3 is missing"),
        (lambda c: [*c[:2], replace(c[2], event=b"nothing"), *c[3:]], "3 was changed"),
        (lambda c: [*c[:2], replace(c[2], number=9), *c[3:]], "9 was changed"),
        (lambda c: [*c[:2], forged(c[2], b"nothing"), *c[3:]], "4 does not follow 3"),
        (lambda c: [*c[:2], c[3], c[2], *c[4:]], "4 follows 2: 3 is missing"),
        (lambda c: [*c[:3], forged(c[2], b"again"), *c[3:]], "3 stands after 3"),
        (lambda c: [replace(c[0], workspace="b"), *c[1:]], "1 was changed"),
        (lambda c: [forged(replace(c[0], previous_hash=b"x" * 32), b"e"), *c[1:]], "1 is no begin"),
    ],
)
def test_the_first_broken_link_is_named(harm: Callable[[Chain], Chain], says: str):
    assert first_wrong(harm(a_chain())).startswith(says)


def test_an_anchor_knows_what_was_cut_off_or_written_anew():
    links = a_chain()
    anchor = {"main": links[4].head}
    anew = Head(workspace="main")
    other = []
    for link in links:
        other.append(anew.next_link(link.event + b"!", link.source))
        anew = other[-1].head

    assert first_wrong(links, anchor) == ""
    assert first_wrong(links[:3], anchor) == (
        "main: the log ends before link 5, which the anchor knows"
    )
    assert first_wrong(other, anchor) == "5 is another one than the anchor's"
    assert first_wrong([], anchor).startswith("main: the log ends before")


def test_a_log_whose_beginning_is_past_its_retention_is_whole():
    links = a_chain()
    anchor = {"main": links[1].head}

    assert first_wrong(links[3:]) == ""
    # The anchor's own link may go, too: the next one has its hash.
    assert first_wrong(links[1:], anchor) == first_wrong(links[2:], anchor) == ""


def test_a_log_that_begins_behind_an_anchor_is_tied_to_it_by_the_hash_alone():
    """Links 1 and 2 were deleted; who deleted more, or wrote the rest anew, is found out."""
    links = a_chain()
    other = {"main": replace(links[1].head, hash=b"x" * 32)}

    assert first_wrong(links[2:], other) == "3 does not follow the anchor's link 2"
    assert first_wrong(links[3:], {"main": links[1].head}) == (
        "main: the log begins with link 4, and the anchor knows 2: "
        "what was between them is gone, and nobody verified it"
    )


def test_what_was_verified_and_from_where_is_told(capsys: pytest.CaptureFixture[str]):
    links = a_chain()
    for kept, anchors in (
        (links, {}),
        (links[2:], {}),
        (links[2:], {"main": links[1].head}),
        (links[2:], {"main": links[3].head}),
    ):
        verifier = Verifier(anchors)
        assert not any(verifier.follow(link) for link in kept)
        heads = {name: link.head for name, link in verifier.heads.items()}
        tell(Account(heads=heads, begins=verifier.begins, tied=verifier.tied))

    head = f", head {links[-1].hash.hex()}"
    assert capsys.readouterr().out.splitlines() == [
        f"main: links 1 to 6{head}",
        f"main: links 3 to 6 (1 to 2 are gone, and no anchor says what they were){head}",
        f"main: links 3 to 6, tied to the anchor's link 2{head}",
        f"main: links 3 to 6, tied to the anchor's link 4{head}",
    ]


def test_of_a_log_that_is_wrong_everywhere_the_first_are_told_and_the_rest_counted(
    capsys: pytest.CaptureFixture[str],
):
    account = Account()
    for number in range(1000):
        account.complain(f"link {number}")
    tell(account)

    told = capsys.readouterr().err.splitlines()
    assert (len(account.broken), told[0], told[-1]) == (
        MOST_TOLD,
        "FIRST BROKEN: link 0",
        f"and {1000 - MOST_TOLD} more",
    )
