"""`contact-center VERB …`: finds the verb among the installed packages and runs it."""

import os
import sys
from importlib.metadata import EntryPoint, entry_points

from local_stack.errors import StackError
from local_stack.state import read_state, up_folder

GROUP = "contact_center.commands"
SAYS = {
    "up": "start Kafka, Postgres and every service on this machine",
    "down": "end what up started",
    "status": "show which parts run",
    "demo": "bring in customers and show who gets them",
    "agent": "work as an agent in the terminal",
    "chat": "write to the contact center as a customer",
    "policy": "check or apply the rules: queues, skills, entry points",
    "roster": "apply who works here",
    "engine": "say which version of the engine decides, and switch to the next",
    "steer": "pause queues, adjust agents, move contacts, at once",
    "flow": "check or show what customers hear and read",
    "audit": "say who read or changed personal data, and whether that log is whole",
    "explain": "say why a contact went where it went",
    "replay": "run the log again and compare the decisions byte for byte",
    "record": "write a workspace's log into a file to be replayed",
    "tap": "read a topic: for people, as JSON lines, into Parquet",
    "token": "print a token for a person or program on this machine",
    "recording": "fetch the recording of a call",
}
# These start the stack, so what a running one would say must not reach them.
OF_THE_STACK = ("up", "down", "status", "demo")
USAGE = 2


def main() -> int:
    """Run the verb that the command line names; return its exit code."""
    verbs = {found.name: found for found in entry_points(group=GROUP)}
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_help(verbs))
        return 0
    verb, rest = arguments[0], arguments[1:]
    if verb not in verbs:
        print(f"contact-center: there is no {verb!r}\n\n{_help(verbs)}", file=sys.stderr)
        return USAGE
    return _run(verbs[verb], rest)


def _run(verb: EntryPoint, arguments: list[str]) -> int:
    try:
        if verb.name not in OF_THE_STACK:
            _join_running_stack()
        return int(verb.load()(arguments) or 0)
    except BrokenPipeError:
        # The reader (head, less) has seen enough; nothing more can be written, not at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except StackError as error:
        print(f"contact-center {verb.name}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        if verb.name not in OF_THE_STACK:
            raise
        print(f"contact-center {verb.name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _join_running_stack() -> None:
    """Let a verb reach the stack that `up` runs, where the environment does not say otherwise."""
    if "KAFKA_BOOTSTRAP_SERVERS" in os.environ:
        return
    state = read_state(up_folder())
    for name, value in (state.environment if state else {}).items():
        os.environ.setdefault(name, value)


def _help(verbs: dict[str, EntryPoint]) -> str:
    order = [*SAYS, *sorted(set(verbs) - set(SAYS))]
    lines = [f"  {name:<12} {SAYS.get(name, '')}".rstrip() for name in order if name in verbs]
    return "\n".join(
        [
            "usage: contact-center VERB [arguments]; contact-center VERB --help says more",
            "",
            *lines,
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
