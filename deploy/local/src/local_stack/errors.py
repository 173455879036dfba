"""What can go wrong with the local stack, said in one line that a person can act on."""


class StackError(Exception):
    """The stack cannot start or go on; the message says why and what to do."""


class PortTaken(StackError):
    """Another program listens on a port that the stack needs."""


class NotReady(StackError):
    """A process did not become ready in time; the message names its log file."""
