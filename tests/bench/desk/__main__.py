"""`python -m tests.bench.desk [STREAMS …]`: a broker of its own, one desk process, many agents."""

import gc
import os
import resource
import sys

import uvloop

from local_stack.home import home
from local_stack.run_folders import run_folder
from local_stack.stack import Stack, without_servers
from tests.bench.desk.measuring import measure
from tests.bench.figures import publish

STREAMS = (1_000, 5_000)


def main(argv: list[str]) -> int:
    """Run the bench; 0 when it came to its end, whatever the figures are."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    figures = []
    with run_folder(home()) as folder:
        stack = Stack(folder, environ=without_servers(os.environ), services=(), apply_rules=False)
        with stack:
            os.environ.update(stack.environment())
            for streams in [int(word) for word in argv] or STREAMS:
                print(f"{streams} streams …", flush=True)
                figures += uvloop.run(measure(streams, folder))
                gc.unfreeze()
    print(f"written to {publish('desk', figures)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
