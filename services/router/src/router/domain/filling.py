"""What an agent has already, counted into slots that are empty."""

from router.domain.agent import Agent


def fill(agent: Agent) -> None:
    """Count what is in hand, and what is offered."""
    for contact in agent.contacts.values():
        agent.slots.take(contact.channel)
        agent.slots.hold(contact.channel, 1)
    for offer in agent.offers.values():
        agent.slots.take(offer.channel)
