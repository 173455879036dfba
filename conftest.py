"""Every test of the project may use the fixtures of the local stack."""

pytest_plugins = ["local_stack.pytest_plugin"]
