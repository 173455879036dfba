"""How the commands end."""

import asyncio
from collections.abc import Awaitable, Callable

from pydantic import ValidationError

from chassis.errors import Unavailable
from router.adapters.commands.conversation import ANSWER_SECONDS, NoAnswer
from router.adapters.commands.policy_log import SEARCH_SECONDS, LogTooLong, NoSuchVersion
from router.adapters.commands.settings import CommandSettings

DONE = 0
REFUSED = 1
DIFFERENT = 1
TROUBLE = 2


def attempted(do: Callable[[CommandSettings], Awaitable[int]], trouble: int = REFUSED) -> int:
    """Return the exit code of what needs Kafka and the router, and say when they are away."""
    try:
        settings = CommandSettings()
    except ValidationError as error:
        wrong = ", ".join(str(e["loc"][0]).upper() for e in error.errors())
        print(f"these settings are wrong: {wrong}")
        return trouble
    try:
        return asyncio.run(_run(do, settings))
    except Unavailable as error:
        print(f"Kafka is away ({settings.kafka_bootstrap_servers}): {error}")
    except NoAnswer:
        print(
            f"the router gave no answer in {ANSWER_SECONDS:.0f} s: is it running? What was said"
            " stays in the log, and takes effect when the router is back"
        )
    except NoSuchVersion as error:
        print(error)
    except LogTooLong as error:
        print(f"the log is too long to be searched in {SEARCH_SECONDS:.0f} s: {error}")
    return trouble


async def _run(do: Callable[[CommandSettings], Awaitable[int]], settings: CommandSettings) -> int:
    return await do(settings)
