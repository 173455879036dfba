"""How a contact stands after the last of the steps about it."""

from typing import Any

from router.adapters.codec.sentences import word

WAITS = "waits in "
TAKEN = ("accepted", "connected")
ENDED = "over: "

SAYS: dict[str, str] = {
    "contact_opened": "in its flow",
    "contact_sent_to_flow": "in flow {flow}",
    "callback_put_off": "waits for the next call",
    "visit_opened": WAITS + "{queue}",
    "contact_connecting": "{agent_id} is being called",
    "contact_connected": "with {agent_id}",
    "contact_resumed": "with {agent_id}",
    "contact_held": "on hold, with {agent_id}",
    "wrap_up_started": "{agent_id} wraps up",
}


def state(response: Any) -> str:
    """Return it in a few words; where the steps do not tell, that."""
    stands, queue = "how it stands is not among these steps", ""
    offers: dict[str, str] = {}
    for told in (told for step in response.steps for told in step.decisions):
        name = told.decision.WhichOneof("decision") or ""
        body = getattr(told.decision, name, None)
        if body is None or getattr(body, "contact_id", "") != response.contact_id:
            continue
        if name == "visit_opened":
            queue = body.queue
        if name == "contact_ended":
            return f"{ENDED}{word(body, 'cause').replace('_', ' ')}"
        if name == "offer_made":
            offers[body.offer_id] = body.agent_id
        elif name == "offer_ended":
            offers.pop(body.offer_id, None)
        if name == "offer_made" or (name == "offer_ended" and _is_refused(body)):
            who = " and ".join(sorted(offers.values()))
            stands = f"offered to {who}" if offers else f"{WAITS}{queue}"
        elif name in SAYS:
            known = {field.name: value for field, value in body.ListFields()}
            stands = SAYS[name].format_map({"agent_id": "nobody", "flow": "", **known})
    return stands


def _is_refused(ended: Any) -> bool:
    return word(ended, "outcome") not in TAKEN
