"""What can go wrong with a flow, beside what is away."""


class SelfServiceError(Exception):
    """The base of the errors of this service."""


class KeyGone(SelfServiceError):
    """The contact's key was never made or is destroyed: nothing can be said or read."""


class VersionGone(SelfServiceError):
    """The version with which a contact's flow began is stored nowhere."""
