"""One API is one handler file with its contract, one test and one row of registry.inc."""
import re

_ROW = re.compile(r"^API\((\w+)\s*,\s*(\d+)\s*,\s*(\d+)", re.MULTILINE)
_CONTRACT = re.compile(r"^// (\w+) \((\d+)\)(?: v(\d+)(?:-(\d+))?)?")
REGISTRY = "src/api/registry.inc"


def snake_case(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def rows(tree):
    """{API name: (line, lowest, highest version)} of the registry."""
    if REGISTRY not in tree.files:
        return {}
    text = tree.files[REGISTRY].text
    return {match[1]: (text.count("\n", 0, match.start()) + 1, int(match[2]), int(match[3]))
            for match in _ROW.finditer(text)}


def handlers(tree):
    """{API name: file}: the handler files are those below src/api/<area>/ that no test is."""
    found = {}
    for file in tree.files.values():
        parts = file.path.split("/")
        if (file.path.startswith("src/api/") and len(parts) == 4 and file.suffix == ".cc"
                and not file.is_test):
            match = _CONTRACT.match(file.text)
            if match:
                found[match[1]] = (file, match)
    return found


def check_registry(tree):
    listed, written = rows(tree), handlers(tree)
    for name, (line, low, high) in listed.items():
        if name not in written:
            yield ("api", REGISTRY, line, f"{name}: no src/api/<area>/{snake_case(name)}.cc that "
                   f"opens with `// {name} (key) v{low}-{high}.`")
            continue
        file, contract = written[name]
        yield from _check_handler(tree, name, file, contract, (low, high))
    for name, (file, _) in written.items():
        if name not in listed:
            yield "api", file.path, 1, f"{name} has no row in {REGISTRY}"


def _check_handler(tree, name, file, contract, versions):
    if file.name != snake_case(name) + ".cc":
        yield "api", file.path, 1, f"the handler of {name} is called {snake_case(name)}.cc"
    said = (int(contract[3] or -1), int(contract[4] or contract[3] or -1))
    if said != versions:
        yield ("api", file.path, 1, f"says v{said[0]}-{said[1]}, the registry "
               f"v{versions[0]}-{versions[1]}")
    if "\n// Deviations from Apache Kafka:" not in file.text:
        yield "api", file.path, 1, "the contract ends with `// Deviations from Apache Kafka: ...`"
    if file.path[:-3] + "_test.cc" not in tree.files:
        yield "api", file.path, 1, f"no {file.name[:-3]}_test.cc beside it"
