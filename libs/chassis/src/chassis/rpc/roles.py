"""Which roles a method is for, as its contract says."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from google.protobuf import descriptor_pool

from chassis.security.listening import UnsafeSettings

# The method option by which the contracts say it, and the field by which requests say where.
OPTION = "contact_center.v1.roles"
WORKSPACE = "workspace"

Roles = Callable[[str], frozenset[str]]
"""From a method's full name (/package.Service/Method) to the roles of which one is needed."""


def declared_roles(method: str) -> frozenset[str]:
    """The roles in the method's option; empty when there is none."""
    pool = descriptor_pool.Default()
    service_name, _, name = method.lstrip("/").rpartition("/")
    try:
        service = pool.FindServiceByName(service_name)
        option = pool.FindExtensionByName(OPTION)
    except KeyError:
        return frozenset()
    found = service.methods_by_name[name]
    if not found.client_streaming and WORKSPACE not in found.input_type.fields_by_name:
        raise UnsafeSettings(f"{method}: its request names no workspace that could be checked")
    numbers: Sequence[int] = found.GetOptions().Extensions[option]  # type: ignore[index]
    roles = option.enum_type
    assert roles is not None, f"{OPTION} is no enum"
    names = (roles.values_by_number[number].name for number in numbers)
    return frozenset(name.removeprefix(f"{roles.name.upper()}_").lower() for name in names)


def roles_of_all(methods: Iterable[str], roles: Roles) -> Mapping[str, frozenset[str]]:
    """The roles of each; UnsafeSettings names the methods that nobody declared."""
    found = {method: roles(method) for method in methods}
    without = sorted(method for method, needed in found.items() if not needed)
    if without:
        raise UnsafeSettings(
            f"no role is declared for {', '.join(without)}: say who may call with "
            f"`option (roles) = …` in the contract"
        )
    return found
