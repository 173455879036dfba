"""The contracts with their comments, as protoc reads them."""

import importlib.resources
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)
from grpc_tools import protoc

HERE = Path(__file__).resolve().parent
F = FieldDescriptorProto
SCALARS = {
    F.TYPE_DOUBLE: "double", F.TYPE_FLOAT: "float", F.TYPE_INT64: "int64", F.TYPE_UINT64: "uint64",
    F.TYPE_INT32: "int32", F.TYPE_UINT32: "uint32", F.TYPE_SINT32: "sint32", F.TYPE_BOOL: "bool",
    F.TYPE_STRING: "string", F.TYPE_BYTES: "bytes", F.TYPE_FIXED64: "fixed64",
    F.TYPE_SINT64: "sint64", F.TYPE_FIXED32: "fixed32",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field; `kind` is a scalar's name, or the full name of a message or enum."""

    name: str
    number: int
    kind: str
    comment: str
    is_repeated: bool = False
    map_key: str = ""
    oneof: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, with the names of its real oneofs."""

    name: str
    comment: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enum:
    """One enum: names and comments of its values."""

    name: str
    comment: str
    values: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Contracts:
    """All of them, by full name."""

    messages: dict[str, Message] = field(default_factory=dict)
    enums: dict[str, Enum] = field(default_factory=dict)


def read() -> Contracts:
    """Compile the contracts and collect what they say."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "contracts.binpb"
        sources = sorted(str(p.relative_to(HERE)) for p in HERE.glob("contact_center/v1/*.proto"))
        include = importlib.resources.files("grpc_tools") / "_proto"
        command = ["protoc", f"-I{HERE}", f"-I{include}", "--include_source_info", *sources]
        if protoc.main([*command, f"--descriptor_set_out={out}"]):
            raise SystemExit("the contracts do not compile")
        files = FileDescriptorSet.FromString(out.read_bytes())
    found = Contracts()
    for file in files.file:
        _File(file, found).read()
    return found


class _File:
    """One file's messages; comments are found by their path in it."""

    def __init__(self, file: FileDescriptorProto, found: Contracts) -> None:
        self._file = file
        self._found = found
        self._comments = {
            tuple(location.path): _text(location.leading_comments, location.trailing_comments)
            for location in file.source_code_info.location
        }

    def read(self) -> None:
        for index, message in enumerate(self._file.message_type):
            self._message(message, self._file.package, (4, index))
        for index, enum in enumerate(self._file.enum_type):
            self._enum(enum, self._file.package, (5, index))

    def _message(self, message: DescriptorProto, scope: str, path: tuple[int, ...]) -> None:
        name = f"{scope}.{message.name}"
        entries = {f".{name}.{nested.name}": nested for nested in message.nested_type}
        fields = [
            self._field(message, each, entries, (*path, 2, index))
            for index, each in enumerate(message.field)
        ]
        comment = self._comments.get(path, "")
        self._found.messages[name] = Message(name=name, comment=comment, fields=tuple(fields))
        for index, nested in enumerate(message.nested_type):
            if not nested.options.map_entry:
                self._message(nested, name, (*path, 3, index))
        for index, enum in enumerate(message.enum_type):
            self._enum(enum, name, (*path, 4, index))

    def _field(
        self,
        message: DescriptorProto,
        each: FieldDescriptorProto,
        entries: dict[str, DescriptorProto],
        path: tuple[int, ...],
    ) -> Field:
        entry = entries.get(each.type_name)
        is_map = entry is not None and entry.options.map_entry
        is_in_oneof = each.HasField("oneof_index") and not each.proto3_optional
        return Field(
            name=each.name,
            number=each.number,
            kind=_kind(entry.field[1] if entry is not None and is_map else each),
            comment=self._comments.get(path, ""),
            is_repeated=each.label == F.LABEL_REPEATED and not is_map,
            map_key=_kind(entry.field[0]) if entry is not None and is_map else "",
            oneof=message.oneof_decl[each.oneof_index].name if is_in_oneof else "",
        )

    def _enum(self, enum: EnumDescriptorProto, scope: str, path: tuple[int, ...]) -> None:
        name = f"{scope}.{enum.name}"
        values = tuple(
            (value.name, self._comments.get((*path, 2, index), ""))
            for index, value in enumerate(enum.value)
        )
        self._found.enums[name] = Enum(
            name=name, comment=self._comments.get(path, ""), values=values
        )


def _kind(each: FieldDescriptorProto) -> str:
    return SCALARS.get(each.type) or each.type_name.lstrip(".")


def _text(*comments: str) -> str:
    return " ".join(" ".join(comments).split())
