"""Codes of the contract as words for people."""

BECAUSE = {
    "NOT_UNDERSTOOD": "the router did not understand it",
    "INVALID_FIELD": "a value is not valid",
    "REPEATED": "that was said already",
    "UNKNOWN_CONTACT": "that contact does not exist",
    "UNKNOWN_AGENT": "this agent is not on the roster",
    "UNKNOWN_QUEUE": "there is no such queue",
    "UNKNOWN_OFFER": "that offer does not exist",
    "UNKNOWN_SKILL": "there is no such skill",
    "CONTACT_ENDED": "the contact has ended",
    "NOT_IN_THIS_STATE": "that is not possible in the contact's present state",
    "NOT_YOUR_CONTACT": "that contact is not in your hands",
    "STALE_SESSION": "this sign-in was replaced by a newer one",
    "OFFER_TIMED_OUT": "too late: the offer timed out",
    "OFFER_WITHDRAWN": "too late: the offer was withdrawn",
    "OFFER_REJECTED": "the offer was rejected already",
    "OFFER_FAILED": "too late: your phone could not be reached",
    "OFFER_ACCEPTED": "the offer was accepted already",
    "UNKNOWN_DISPOSITION": "there is no such disposition",
    "UNKNOWN_REASON": "there is no such reason",
    "NO_CONSULT": "there is no consult that is yours",
    "NO_POLICY": "the workspace has no policy yet",
}
OUTCOMES = {
    "FAILED": "your phone did not answer; the customer keeps the place in line",
    "REJECTED": "offer rejected",
    "TIMED_OUT": "offer missed: the ring time is over",
    "RESCINDED": "somebody else took the offer",
    "WITHDRAWN": "offer withdrawn",
}
WITHDRAWN = {
    "CUSTOMER_LEFT": "the customer left",
    "UNDELIVERED": "it was not confirmed in time",
    "POLICY": "the policy changed",
    "SUPERVISOR": "a supervisor took it back",
    "AGENT_LOST": "your connection was lost",
    "CAPACITY": "you have no room for it",
    "CHANNEL_FAILED": "the channel failed",
    "EXPIRED": "the contact expired",
}
ENDED_BY = {
    "CUSTOMER": "the customer left",
    "AGENT": "you ended it",
    "FLOW": "the flow ended it",
    "SYSTEM": "it was ended by the system",
}
NOT_ROUTABLE = {
    "offline": "offline",
    "break": "on a break",
    "not_responding": "you missed an offer: say /available",
    "lost": "connection lost",
    "gone": "gone",
    "full": "your hands are full",
    "undelivered": "an offer did not reach this screen",
}
DELIVERIES = {
    "SENT": "sent",
    "DELIVERED": "delivered",
    "FAILED": "NOT SENT",
    "UNKNOWN": "perhaps sent",
    "INTERRUPTED": "interrupted",
}
CONSULTS = {
    "consult": " · you ask a colleague",
    "asked": " · a colleague asks you",
    "conference": " · conference",
}
STATES = {
    "connecting": "your phone rings",
    "connected": "connected",
    "on_hold": "on hold",
    "wrap_up": "wrap-up",
}


def in_words(table: dict[str, str], code: str) -> str:
    """The sentence for the code; the code itself, readable, when there is none."""
    return table.get(code) or code.replace("_", " ").lower()
