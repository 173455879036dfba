"""`contact-center down`: end exactly what `contact-center up` started, and nothing else."""

import argparse
import sys

from local_stack.processes import end, end_remembered
from local_stack.run_folders import remove_data
from local_stack.state import read_state, state_file, up_folder

STOP_SECONDS = 180.0


def main(argv: list[str]) -> int:
    """End the supervisor, which ends its parts in order; then what a killed one left behind."""
    arguments = argparse.ArgumentParser(prog="contact-center down", description=__doc__)
    arguments.add_argument(
        "--delete-data", action="store_true", help="delete its topics, databases and mails too"
    )
    chosen = arguments.parse_args(argv)
    data = up_folder()
    state = read_state(data)
    if state is not None:
        end(state.supervisor, within=STOP_SECONDS)
    leftovers = end_remembered(data / "run") if (data / "run").exists() else []
    state_file(data).unlink(missing_ok=True)
    if leftovers:
        print(f"ended what an earlier run left: {', '.join(leftovers)}")
    elif state is None:
        print("nothing runs")
    else:
        print("stopped")
    if chosen.delete_data:
        remove_data(data)
        print(f"deleted {data}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
