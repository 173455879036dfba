"""What the flows of the local stack say, and what the metrics count."""

WELCOME = "Welcome to the contact center."
MENU = "How can we help you?"
ORDER = """
flow: order
channels: [chat]
steps:
  - {id: name, ask: "Your name?", input: {text: 50}, save: name, otherwise: people}
  - id: sure
    ask: "{name}, go on?"
    choices: [{value: "yes", label: "Yes"}]
    otherwise: people
  - {id: thanks, say: "Thank you, {name}."}
  - {id: people, queue: sales}
"""
SALES = "One moment, we are connecting you with sales."


async def has(value: object, expected: float) -> bool:
    found = await value  # type: ignore[misc]
    assert found == expected, found
    return True


async def has_any(value: object) -> bool:
    return bool(await value)  # type: ignore[misc]
