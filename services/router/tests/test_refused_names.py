"""A refusal names contact, agent and offer that it is about: so whoever asked finds it."""

import pytest

from router.domain.steering_decisions import RecordRejected

from .scenario import Scenario
from .test_refusals import REFUSED, a_scenario

CHAT = "contact c1 queue=anyone channel=chat; ana accepts c1"
CALL = "contact c1 queue=anyone"
CONSULT = f"{CHAT}; ana consults c1 to=bob"
NAMED = [
    ("arrive c1", "arrive c1", "c1"),
    ("", "arrive c1 at=nowhere", "c1"),
    ("arrive c1", "c1 wants nowhere", "c1"),
    ("arrive c1", "c1 wants anyone skills=magic", "c1"),
    ("arrive c1", "c1 wants anyone priority=2000", "c1"),
    (CHAT, "c1 flow resolved", "c1"),
    (f"{CHAT}; c1 writes m1", "c1 writes m1", "c1"),
    (f"{CALL}; c1 leaves", "c1 leaves", "c1"),
    (f"{CALL}; c1 leaves", "ana accepts c1", "c1 ana offer"),
    (CALL, "ana sees c1", "c1 ana offer"),
    (CHAT, "bob holds c1", "c1 bob"),
    (CALL, "c1 asks callback in=31d", "c1"),
    (f"{CALL}; ana accepts c1", "c1 unreached busy", "c1"),
    (CONSULT, "ana joins c1.2", "c1.2"),
    (CONSULT, "bob joins c1", "c1 bob"),
    (f"{CONSULT}; bob accepts c1.2", "bob consults c1.2 anyone", "c1.2"),
    (CHAT, "ana transfers c1 to=ana", "c1"),
    (f"{CHAT}; ana ends c1", "ana completes c1 magic", "c1"),
    (f"{CHAT}; ana ends c1; ana completes c1", "ana completes c1", "c1"),
    ("", "ana loses line session=1", "ana"),
    ("ana loses line", "ana loses line", "ana"),
    ("", "ana presence available", "ana"),
    ("", "ana presence break tea", "ana"),
    ("", "agent ana skills=magic presence=none", "ana"),
    ("", "agent ana presence=none", "ana"),
    ("", "remove eve", "eve"),
    ("", "force ana available", "ana"),
    ("engine 3", "force ana available", "ana"),
    ("ana signs out", "force ana available", "ana"),
    ("", "adjust ana skills=magic", "ana"),
    ("", "adjust ana back", "ana"),
    ("arrive c1", "move c1 anyone", "c1"),
    (f"{CALL}; bob signs out", "reassign c1 bob", "bob"),
]


@pytest.mark.parametrize(("before", "said", "names"), NAMED)
def test_a_refusal_names_what_it_is_about(before, said, names):
    scenario = Scenario()
    scenario.run(["agent ana", "agent bob", *filter(None, before.split("; "))])
    scenario.run([said])

    assert named(scenario) == set(names.split())


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("another's offer", "bob offer"),
        ("an offer that never was", "offer"),
        ("a leg that is not dialled yet", "c1 offer"),
        ("a leg of another contact", "c4 offer"),
    ],
)
def test_a_refusal_names_the_offer_it_is_about(what, names):
    make, _ = REFUSED[what]
    scenario = a_scenario()
    scenario.say(make(scenario.session, scenario.offers["c1", "ana"]))

    assert named(scenario) == set(names.split())


def named(scenario):
    """Return contact and agent that the last step refuses something of, and whether an offer."""
    (refused,) = [one.decision for one in scenario.log.steps[-1].decisions]
    assert isinstance(refused, RecordRejected)
    contact = scenario.name(refused.contact_id) if refused.contact_id else ""
    return {contact, refused.agent_id, "offer" if refused.offer_id else ""} - {""}
