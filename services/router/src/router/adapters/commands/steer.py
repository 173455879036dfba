"""`contact-center steer`: pauses queues, adjusts agents, moves and gives contacts, at once."""

import argparse

from chassis.telemetry import configure_logs
from router.adapters.codec.supervising import SupervisorFact, decided, supervised
from router.adapters.commands import steer_words as words
from router.adapters.commands.conversation import talking
from router.adapters.commands.outcome import DONE, REFUSED, attempted
from router.adapters.commands.settings import CommandSettings
from router.domain import supervisor_facts as v
from router.domain.abilities import LANGUAGE, in_order, prefixed
from router.domain.policy import RosterAgent
from router.domain.words import Presence

REPEATED = "repeated: "


def main(argv: list[str]) -> int:
    """Run the verb; 0 when it is as asked, 1 when it is refused, 2 for a wrong call."""
    parser = _arguments()
    given = parser.parse_args(argv)
    if given.verb == "adjust":
        _check_adjustment(parser, given)
    configure_logs("steer", "steer", "ERROR")
    return attempted(lambda settings: _steer(settings, _fact(given)))


async def _steer(settings: CommandSettings, fact: SupervisorFact) -> int:
    """Say it, and print what the router decided."""
    async with talking(settings) as talk:
        (answer,) = await talk.say(type(fact).__name__, [lambda saying: supervised(saying, fact)])
    if answer.refused.startswith(REPEATED):
        print(f"nothing to do: {answer.refused.removeprefix(REPEATED)}")
        return DONE
    if answer.refused:
        print(f"refused: {answer.refused}")
        return REFUSED
    print("\n".join(decided(answer.value)) or "done")
    return DONE


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="contact-center steer", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    pause = verbs.add_parser("pause", help="offer nothing of a queue until it is resumed")
    resume = verbs.add_parser("resume", help="go on with a queue")
    for verb in (pause, resume):
        verb.add_argument("queue")
    presence = verbs.add_parser("presence", help="set an agent's presence, as if they chose it")
    presence.add_argument("agent")
    presence.add_argument("presence", choices=[p.value for p in Presence])
    presence.add_argument("--reason", default="", help="of a break, as the policy lists them")
    move = verbs.add_parser("move", help="let a contact wait in another queue")
    priority = verbs.add_parser("priority", help="set the priority of a contact")
    reassign = verbs.add_parser("reassign", help="offer a contact to this agent alone, full or not")
    back = verbs.add_parser("pull-back", help="take a contact back: it waits again, at its place")
    for verb in (move, priority, reassign, back):
        verb.add_argument("contact")
    move.add_argument("queue")
    priority.add_argument("priority", type=int)
    reassign.add_argument("agent")
    adjust = verbs.add_parser("adjust", help="let an agent differ from the roster for a time")
    _adjust_arguments(adjust)
    for verb in (pause, adjust):
        verb.add_argument(
            "--for",
            dest="lasting",
            type=words.seconds,
            default=0.0,
            metavar="TIME",
            help="how long, as 90s, 10m, 1h30m; left out: until it is taken back",
        )
    for verb in verbs.choices.values():
        verb.add_argument("--by", type=words.person, help="who steers; left out: your user")
    return parser


def _adjust_arguments(adjust: argparse.ArgumentParser) -> None:
    adjust.add_argument("agent")
    adjust.add_argument("--skills", type=words.levels, metavar="billing:3,sales")
    adjust.add_argument("--languages", type=words.levels, metavar="de:3,en:2")
    adjust.add_argument("--queues", type=words.names, metavar="billing,sales")
    adjust.add_argument("--brands", type=words.names, metavar="acme")
    adjust.add_argument("--team")
    adjust.add_argument(
        "--capacity",
        dest="capacities",
        action="append",
        type=words.capacity,
        metavar="chat=6",
        help="said once for each channel, or chat+sms=6 for shared slots",
    )
    adjust.add_argument(
        "--prefer",
        dest="preferences",
        action="append",
        type=words.preference,
        metavar="sales=1:30s",
        help="which queue comes first (1), and how long its contacts must have waited; also"
        ' sales/voice=2; said once for each, and "" alone for none',
    )
    adjust.add_argument(
        "--voice", dest="voice_address", metavar="sip:ana@10.0.0.7", help='"": no phone'
    )
    adjust.add_argument("--back", action="store_true", help="take the adjustment back")


def _check_adjustment(parser: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    fields = _fields(given)
    if given.back and (fields or given.lasting):
        parser.error("--back takes everything back and goes alone")
    if given.preferences and None in given.preferences and len(given.preferences) > 1:
        parser.error('--prefer "" means none, and goes alone')
    if not given.back and not fields:
        parser.error("say what is adjusted (--skills, --queues, …), or --back")


def _fields(given: argparse.Namespace) -> tuple[str, ...]:
    return tuple(name for name in v.ADJUSTABLE if getattr(given, name, None) is not None)


def _fact(given: argparse.Namespace) -> SupervisorFact:
    by = given.by or words.whoever_is_here()
    match given.verb:
        case "pause" | "resume":
            return v.QueuePaused(
                queue=given.queue,
                is_paused=given.verb == "pause",
                expires_seconds=getattr(given, "lasting", 0.0),
                by=by,
            )
        case "presence":
            presence = Presence(given.presence)
            return v.PresenceForced(
                agent_id=given.agent, presence=presence, reason_code=given.reason, by=by
            )
        case "adjust":
            return _adjustment(given, by)
        case "move":
            return v.ContactMoved(contact_id=given.contact, queue=given.queue, by=by)
        case "priority":
            return v.ContactPrioritised(contact_id=given.contact, priority=given.priority, by=by)
        case "reassign":
            return v.ContactReassigned(contact_id=given.contact, agent_id=given.agent, by=by)
        case _:
            return v.ContactPulledBack(contact_id=given.contact, by=by)


def _adjustment(given: argparse.Namespace, by: str) -> v.AgentAdjusted:
    languages = prefixed(LANGUAGE, given.languages or ())
    agent = RosterAgent(
        agent_id=given.agent,
        team=given.team or "",
        skills=in_order((*(given.skills or ()), *languages)),
        queues=given.queues or (),
        brands=given.brands or (),
        capacities=tuple(given.capacities or ()),
        preferences=tuple(p for p in given.preferences or () if p is not None),
        voice_address=given.voice_address or "",
    )
    return v.AgentAdjusted(agent=agent, fields=_fields(given), expires_seconds=given.lasting, by=by)
