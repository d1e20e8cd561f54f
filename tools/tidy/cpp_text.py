"""Just enough C++ to find what tidy looks for: code without comments and strings, and functions."""
import re

_LITERALS = re.compile(
    r"""//[^\n]*(?:\\\n[^\n]*)*        # line comment
      | /\*.*?\*/                      # block comment
      | R"([^()\\\s]{0,16})\(.*?\)\1"  # raw string
      | "(?:[^"\\\n]|\\.)*"            # string
      | (?<![0-9A-Fa-f])'(?:[^'\\\n]|\\.)+'  # character, but not the ' of 1'000
    """, re.DOTALL | re.VERBOSE)
_INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
_CLASS = re.compile(r"\b(?:class|struct)\s+(?:[A-Z_]+\([^()]*\)\s*)?(\w+)(?:\s+final)?\s*(?::[^:].*)?$",
                    re.DOTALL)
_LABELS = re.compile(r"\s*(?:(?:public|private|protected)\s*:\s*)*")
_KEYWORDS_BEFORE_BODY = {"const", "noexcept", "override", "final", "mutable", "try", "else", "do"}


def includes(text):
    """Yields (line number, name, is_quoted) of every include directive."""
    for number, line in enumerate(text.splitlines(), 1):
        match = _INCLUDE.match(line)
        if match:
            yield number, match[1] or match[2], match[1] is not None


def _blank(match):
    return re.sub(r"[^\n]", " ", match[0])


def _blank_literal(match):
    """Keeps the quotes of a string, so that `"x" (` does not become a call."""
    text = match[0]
    if text.startswith(("//", "/*")):
        return _blank(match)
    return '"' + re.sub(r"[^\n]", " ", text[1:-1]) + '"'


def code_only(text):
    """Comments and the insides of literals become blanks; lines and columns stay."""
    return _LITERALS.sub(_blank_literal, text)


def class_around(code, at):
    """The name of the innermost class around a place of `code_only` text; None outside of any."""
    names, header_start = [], 0
    for position in range(at):
        char = code[position]
        if char == "{":
            match = _CLASS.search(code[header_start:position])
            names.append(match[1] if match else None)
        elif char == "}" and names:
            names.pop()
        if char in "{};":
            header_start = position + 1
    return next((name for name in reversed(names) if name), None)


def functions(text):
    """Yields (name, first line, number of lines) of every function body at namespace or class
    level; lambdas and local classes count as part of the function around them."""
    code = _DIRECTIVE.sub(_blank, code_only(text))
    scopes, header_start, at = [], 0, 0
    while at < len(code):
        char = code[at]
        if char == "(":
            at = _closing(code, at, "(", ")")
        elif char == ";":
            header_start = at + 1
        elif char == "}":
            if scopes:
                scopes.pop()
            header_start = at + 1
        elif char == "{":
            header = code[header_start:at]
            kind = _kind(header)
            if kind == "scope":
                scopes.append(kind)
                header_start = at + 1
            else:
                end = _closing(code, at, "{", "}")
                if kind == "function":
                    start = header_start + _LABELS.match(header).end()
                    first = code.count("\n", 0, start) + 1
                    yield _name(header), first, code.count("\n", start, end) + 1
                at = end
                if kind != "initializer":
                    header_start = at + 1
        at += 1


def _closing(code, at, opening, closing):
    depth = 0
    for position in range(at, len(code)):
        if code[position] == opening:
            depth += 1
        elif code[position] == closing:
            depth -= 1
            if depth == 0:
                return position
    return len(code) - 1


def _top_level(header):
    """The header with everything inside parentheses and template arguments taken out."""
    out, depth = [], 0
    for char in header:
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            out.append("()" if depth == 0 else "")
        elif depth == 0:
            out.append(char)
    flat = "".join(out)
    while True:
        shorter = re.sub(r"<[^<>;{}]*>", " ", flat)
        if shorter == flat:
            return flat.strip()
        flat = shorter


def _kind(header):
    """scope (namespace, class, extern "C"), function, initializer (member or value), or other."""
    flat = re.sub(r"\b(public|private|protected)\s*:", "", _top_level(header)).strip()
    flat = re.sub(r"\[\[.*?\]\]", "", flat)
    flat = re.sub(r"^(template\s*)?(requires\b[^;]*?(?=\b(class|struct)\b))?", "", flat).strip()
    if re.match(r"(inline\s+)?namespace\b|extern\s*\"\s*\"$", flat):
        return "scope"
    if re.match(r"(class|struct|union)\b", flat):
        return "scope"
    if re.match(r"(typedef\s+)?enum\b", flat):
        return "other"
    if re.search(r"\boperator\s*(=|==|<=>|!=|<=|>=|\[\]|\+=|-=)", flat):
        return "function"
    if "()" not in flat or re.search(r"(?<![=!<>])=(?!=)", flat.split("()")[0]):
        return "initializer"
    last_word = re.search(r"(\w+)$", flat)
    in_init_list = re.search(r"\(\)\s*(noexcept\s*(\(\))?\s*)?:(?!:)", flat)
    if in_init_list and last_word and last_word[1] not in _KEYWORDS_BEFORE_BODY:
        return "initializer"
    return "function"


def _name(header):
    flat = _top_level(header)
    match = re.search(r"(operator\s*\S+?|~?[\w:]+)\s*\(\)", flat)
    name = match[1] if match else "?"
    if name.startswith(("TEST", "TYPED_TEST", "BENCHMARK")):
        arguments = re.search(r"\(([^()]*)\)", header)
        return f"{name}({arguments[1].strip()})" if arguments else name
    return name
