"""What the codec needs to know of the protocol: messages, structs, fields, error names."""

import os
import sys
from dataclasses import dataclass, field

NEVER = (1, 0)  # an empty version range


def within(versions, version):
    return versions[0] <= version <= versions[1]


@dataclass
class Field:
    name: str
    type: str  # a primitive, or "struct"
    versions: tuple
    nullable: tuple = NEVER
    tagged: tuple = NEVER
    tag: int = -1
    default: object = None
    has_default: bool = False
    is_array: bool = False
    fields: list = None  # of a struct type
    int16_length: bool = False  # RequestHeader.client_id: never compact

    def default_value(self, version):
        if self.has_default:
            return self.default
        if self.is_array:
            return []
        if self.type == "struct":
            return {f.name: f.default_value(version) for f in self.fields if within(f.versions, version)}
        return PRIMITIVE_DEFAULTS[self.type]


PRIMITIVE_DEFAULTS = {
    "bool": False, "int8": 0, "int16": 0, "uint16": 0, "int32": 0, "uint32": 0, "int64": 0,
    "float64": 0.0, "string": "", "bytes": b"", "records": None, "uuid": "AAAAAAAAAAAAAAAAAAAAAA",
}


@dataclass
class Message:
    name: str
    kind: str
    api_key: int
    versions: tuple
    flexible: tuple
    fields: list = field(default_factory=list)


class Model:
    """All messages by name, all errors by code and name. Immutable after loading."""

    def __init__(self, messages, errors):
        self.messages = {m.name: m for m in messages}
        self.requests = {m.api_key: m for m in messages if m.kind == "request"}
        self.error_names = dict(errors)
        self.error_codes = {name: code for code, name in self.error_names.items()}

    def api(self, name):
        return self.messages[name + "Request"], self.messages[name + "Response"]


def load_definitions(root):
    """The model from protocol/defs, read by the generator's own parser."""
    sys.path.insert(0, os.path.join(root, "tools", "protogen"))
    try:
        import errors_def
        import parser as definitions
    finally:
        sys.path.pop(0)
    folder = os.path.join(root, "protocol", "defs")
    messages = [_message(m) for m in definitions.load_folder(folder)]
    errors = errors_def.parse_file(os.path.join(folder, "errors.def"))
    return Model(messages, [(error.code, error.name) for error in errors])


def _message(m):
    structs = {s.name: s.fields for s in m.structs}
    return Message(m.name, m.kind, -1 if m.api_key is None else m.api_key, _pair(m.versions), _pair(m.flexible),
                   [_field(f, structs) for f in m.root.fields])


def _pair(versions):
    return versions.low, versions.high


def _field(f, structs):
    fields = [_field(inner, structs) for inner in structs[f.type]] if f.is_struct else None
    kind = "struct" if f.is_struct else "int16" if f.type == "error" else f.type
    default = f.default.encode() if isinstance(f.default, str) and kind == "bytes" else f.default
    return Field(
        name=f.name, type=kind, versions=_pair(f.versions), nullable=_pair(f.nullable),
        tagged=_pair(f.versions) if f.tag is not None else NEVER, tag=-1 if f.tag is None else f.tag,
        default=default, has_default=f.has_default, is_array=f.is_array, fields=fields, int16_length=f.fixed_length)
