"""What the demo prints at its end."""

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from local_stack.demo.customers import Customers


def summary(customers: Customers, verdict: str) -> RenderableType:
    """Return who came and was answered, what broke, and the verdict over the topics."""
    came = ", ".join(f"{n} {name}" for name, n in sorted(customers.came.items()))
    answered = ", ".join(f"{n} {name}" for name, n in sorted(customers.answered.items()))
    parts: list[RenderableType] = [
        Text(f"came: {came}"),
        Text(f"seen by the customers: {answered}"),
    ]
    if customers.failures:
        parts.append(Text("\n".join(["went wrong:", *customers.failures[:20]]), style="bold red"))
    parts.append(Panel(Text(verdict.strip()), title="computed from the topics"))
    return Group(*parts)
