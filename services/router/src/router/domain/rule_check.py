"""What is wrong with attributes, and with the rules that say what they mean."""

from collections.abc import Iterator

from router.domain.naming import MOST_PRIORITY, name_errors, unknown, within
from router.domain.needs_check import Declared, needs_errors
from router.domain.policy import AttributeDeclaration
from router.domain.queues import Condition, Queue
from router.domain.steering_decisions import PolicyError
from router.domain.values import NO_NEEDS

MOST_RULES, MOST_CONDITIONS = 100, 20


def attribute_errors(attributes: tuple[AttributeDeclaration, ...]) -> Iterator[PolicyError]:
    """Yield what is wrong with the declarations."""
    yield from name_errors("attributes", "attribute", [a.name for a in attributes])
    for index, attribute in enumerate(attributes):
        path = f"attributes[{index}].enum_values"
        yield from name_errors(path, "value", list(attribute.enum_values), at="")


def rule_errors(where: str, queue: Queue, declared: Declared) -> Iterator[PolicyError]:
    """Yield what is wrong with a queue's rules."""
    if len(queue.rules) > MOST_RULES:
        message = f"queue {queue.name!r} has {len(queue.rules)} rules; at most {MOST_RULES} may be"
        yield PolicyError(f"{where}.rules", message)
    for number, rule in enumerate(queue.rules[:MOST_RULES]):
        at = f"{where}.rules[{number}]"
        what = f"rule {number + 1} of queue {queue.name!r}"
        if not 1 <= len(rule.when) <= MOST_CONDITIONS:
            message = f"{what} has {len(rule.when)} conditions; 1 to {MOST_CONDITIONS} may be"
            yield PolicyError(f"{at}.when", message)
        if rule.needs == NO_NEEDS and not rule.priority:
            yield PolicyError(at, f"{what} brings nothing: say what it requires, or a priority")
        for index, condition in enumerate(rule.when[:MOST_CONDITIONS]):
            yield from _condition_errors(f"{at}.when[{index}]", what, condition, declared)
        yield from needs_errors(f"{at}.needs", f"{what} requires", rule.needs, declared)
        yield from within(f"{at}.priority", rule.priority, -MOST_PRIORITY, MOST_PRIORITY)


def _condition_errors(
    where: str, what: str, condition: Condition, declared: Declared
) -> Iterator[PolicyError]:
    name = condition.attribute
    attribute = declared.attributes.get(name)
    if attribute is None:
        message = unknown(f"{what} asks for", "attribute", name, declared.attributes)
        yield PolicyError(f"{where}.attribute", message)
    elif attribute.enum_values:
        yield from _word_errors(where, what, condition, attribute)
    else:
        yield from _number_errors(where, what, condition)


def _word_errors(
    where: str, what: str, condition: Condition, attribute: AttributeDeclaration
) -> Iterator[PolicyError]:
    name = condition.attribute
    if condition.at_least is not None or condition.at_most is not None:
        message = f"attribute {name!r} is one of {_list(attribute)}, so it has no bounds"
        yield PolicyError(where, message)
    elif not condition.values:
        yield PolicyError(where, f"{what} does not say which of {_list(attribute)} {name!r} is")
    for index, value in enumerate(condition.values):
        if value not in attribute.enum_values:
            message = unknown(f"attribute {name!r} has", "value", value, attribute.enum_values)
            yield PolicyError(f"{where}.values[{index}]", message)


def _number_errors(where: str, what: str, condition: Condition) -> Iterator[PolicyError]:
    name, least, most = condition.attribute, condition.at_least, condition.at_most
    if condition.values:
        message = f"attribute {name!r} is a number: say at_least or at_most, not values"
        yield PolicyError(where, message)
    elif least is None and most is None:
        yield PolicyError(where, f"{what} does not say at_least or at_most of {name!r}")
    for field, bound in (("at_least", least), ("at_most", most)):
        if bound is not None and not abs(bound) < float("inf"):
            yield PolicyError(f"{where}.{field}", f"{field} {bound:g} is no number to compare with")
    if least is not None and most is not None and least > most:
        message = f"at_least {least:g} is above at_most {most:g}: no {name!r} is both"
        yield PolicyError(where, message)


def _list(attribute: AttributeDeclaration) -> str:
    shown = ", ".join(attribute.enum_values[:5])
    return shown + (" …" if len(attribute.enum_values) > 5 else "")
