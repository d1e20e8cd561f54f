"""How fields of the model look in C++: types, defaults, conditions. Shared by the emitters."""

from __future__ import annotations

import json

from model import Field, Message, OPEN_END, Struct, Versions

SCALARS = {
    'bool': ('bool', 'Bool'), 'int8': ('int8_t', 'Int8'), 'int16': ('int16_t', 'Int16'),
    'uint16': ('uint16_t', 'Uint16'), 'int32': ('int32_t', 'Int32'),
    'uint32': ('uint32_t', 'Uint32'), 'int64': ('int64_t', 'Int64'),
    'float64': ('double', 'Float64'), 'uuid': ('Uuid', 'Uuid'), 'error': ('ErrorCode', 'Error'),
}
NEVER_FLEXIBLE = OPEN_END


class CppField:
    """One field of one struct of one message, ready to be written out."""

    def __init__(self, message: Message, struct: Struct, field: Field):
        self.field = field
        self.name = field.name
        self.present = field.versions.intersect(struct.versions)
        self._struct = struct
        self.nullable = field.nullable.intersect(self.present)
        self.is_nullable = not self.nullable.empty
        self.is_record_set = field.type == 'records' and message.kind == 'response'
        self.is_text = field.type in ('string', 'bytes', 'records') and not self.is_record_set
        self.struct_type = message.name + field.type if field.is_struct else ''
        if field.is_struct and not field.is_array and self.is_nullable \
                and self.nullable != self.present:
            raise ValueError(f'{message.name}.{field.name}: a struct is nullable always or never')

    @property
    def element_type(self) -> str:
        if self.field.is_struct:
            return self.struct_type
        if self.field.type in SCALARS:
            return SCALARS[self.field.type][0]
        return 'RecordSet' if self.is_record_set else 'std::string_view'

    @property
    def type(self) -> str:
        if self.field.is_array:
            return f'Array<{self.element_type}>'
        optional = self.is_nullable and (self.field.is_struct or self.is_text)
        if self.field.type == 'records' and not self.is_record_set:
            optional = True
        return f'std::optional<{self.element_type}>' if optional else self.element_type

    @property
    def is_optional(self) -> bool:
        return self.type.startswith('std::optional')

    @property
    def default(self) -> str:
        """The initial value as an expression; empty if the type's own is right."""
        field = self.field
        if field.is_array:
            return f'{self.type}::Null()' if field.has_default and field.default is None else ''
        if field.is_struct or self.is_record_set or field.type in ('records', 'uuid'):
            return '' if not self.is_optional or field.type == 'records' or field.has_default \
                else f'{self.struct_type}()'
        if self.is_text:
            if field.has_default and field.default:
                return json.dumps(field.default)
            null = field.has_default and field.default is None
            return '""' if self.is_optional and not null else ''
        if field.type == 'bool':
            return 'true' if field.default else 'false'
        if field.type == 'error':
            return 'ErrorCode::kNone'
        return str(field.default) if field.has_default else '0'

    def differs_from_default(self, value: str) -> str:
        """True if a tagged field must be written."""
        field = self.field
        null_default = field.has_default and field.default is None
        if field.is_array:
            return f'!{value}.is_null()' if null_default else f'!{value}.empty()'
        if self.is_optional:
            return f'{value}.has_value()' if null_default else f'{value} != {self.default}'
        if field.is_struct:
            return f'!({value} == {self.struct_type}())'
        if self.is_text:
            return f'{value} != {self.default}' if self.default else f'!{value}.empty()'
        if field.type == 'uuid':
            return f'!{value}.is_zero()'
        if field.type == 'bool':
            return value if self.default == 'false' else f'!{value}'
        return f'{value} != {self.default}'

    def condition(self) -> str:
        """When the field is on the wire; empty if in every version of its struct."""
        return condition(self.present, self._struct.versions)

    def nullable_expression(self) -> str:
        return condition(self.nullable, self.present, always='true', never='false')

    def flexible_expression(self) -> str:
        return 'false' if self.field.fixed_length else 'flexible'


def condition(versions: Versions, within: Versions, always: str = '', never: str = 'false') -> str:
    """`versions` as a test of `version`, where it is known to be in `within`."""
    if versions.empty:
        return never
    parts = []
    if versions.low > within.low:
        parts.append(f'version >= {versions.low}')
    if versions.high < within.high:
        parts.append(f'version <= {versions.high}')
    return ' && '.join(parts) or always


def flexible_declaration(message: Message, struct: Struct) -> str:
    within = struct.versions.intersect(message.versions)
    text = condition(message.flexible.intersect(within), within, always='true')
    keyword = 'constexpr' if text in ('true', 'false') else 'const'
    return f'[[maybe_unused]] {keyword} bool flexible = {text};'


def has_tags(message: Message, struct: Struct) -> bool:
    return not message.flexible.intersect(struct.versions).empty


def cpp_fields(message: Message, struct: Struct) -> list[CppField]:
    return [CppField(message, struct, field) for field in struct.fields]


def struct_type(message: Message, struct: Struct) -> str:
    return message.name + struct.name
