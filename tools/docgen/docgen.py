"""Writes the pages that are lists of what the code says: python3 tools/docgen/docgen.py [--check]

docs/APIS.md from the registry and the definitions, docs/CONFIGS.md from configs.def,
docs/CLI.md from the options and exit codes of src/cli, docs/DEVIATIONS.md from the
`// Deviations from Apache Kafka:` comments, the changed defaults and the configs without an effect.
With --check nothing is written; a page that is not what it should be is a finding.
"""
import argparse
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
NOTE = "<!-- Made by tools/docgen/docgen.py; change the source, not this page. -->\n\n"
SCOPES = {"Topic": "Topics", "Broker": "Brokers", "Group": "Groups",
          "ClientMetrics": "Client metrics subscriptions"}
DYNAMIC = {"ReadOnly": "at start", "PerBroker": "per broker", "ClusterWide": "any time"}


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def arguments(text):
    """Splits what stands between the parentheses of a macro call at its top-level commas."""
    parts, depth, quoted, start, at = [], 0, False, 0, 0
    while at < len(text):
        char = text[at]
        if quoted:
            at += char == "\\"
            quoted = char != '"'
        elif char == '"':
            quoted = True
        elif char in "({":
            depth += 1
        elif char in ")}":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
        at += 1
    return parts + [text[start:].strip()]


def calls(text, macro):
    """The argument lists of all calls of a macro at the start of a line."""
    for match in re.finditer(rf"^{macro}\(", text, re.MULTILINE):
        yield arguments_from(text, match.end())


def arguments_from(text, start):
    """The arguments of the call whose parenthesis opens before `start`."""
    depth, at, quoted = 1, start, False
    while depth:
        if text[at] == '"' and text[at - 1] != "\\":
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return arguments(text[start:at - 1])


def literal(argument):
    """The text of a string literal, or of several that follow each other; None for nullptr."""
    if argument == "nullptr":
        return None
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', argument)).replace('\\"', '"')


def definitions(top):
    """{API name: (key, highest version, file)} of protocol/defs."""
    found = {}
    for path in sorted((top / "protocol/defs").glob("[0-9]*.def")):
        text = path.read_text()
        name = re.search(r"^api (\w+) (\d+)", text, re.MULTILINE)
        versions = re.search(r"^versions (?:\d+-)?(\d+)", text, re.MULTILINE)
        if name and versions:
            found[name[1]] = (int(name[2]), int(versions[1]), path)
    return found


def handler_files(top):
    """{API name: (path, first sentence of its contract)}"""
    found = {}
    for path in (top / "src/api").glob("*/*.cc"):
        match = re.match(r"// (\w+) \(\d+\) v[\d-]+\. *(.*(?:\n// (?! ).*)*)", path.read_text())
        if match:
            purpose = match[2].replace("\n// ", " ").split(". ")[0].rstrip(".")
            found[match[1]] = (path.relative_to(top), purpose)
    return found


def apis(top):
    known, files = definitions(top), handler_files(top)
    rows = []
    for row in calls((top / "src/api/registry.inc").read_text(), "API"):
        name, low, high = row[0], row[1], row[2]
        key, newest, _ = known[name]
        path, purpose = files.get(name, ("", ""))
        rows.append((key, [str(key), name, f"{low}-{high}", str(newest), purpose,
                           f"[{pathlib.Path(path).name}](../{path})" if path else ""]))
    rows.sort()
    body = table(["key", "API", "versions", "newest known", "what it does", "handler"],
                 [row for _, row in rows])
    return (f"# APIs\n\n{NOTE}The {len(rows)} APIs that this broker serves, with every version in "
            "the range. `newest known` is the last version of the definition, which a development "
            "release of Kafka may be the first to speak.\n\n" + body)


def allowed(argument):
    """AtLeast(1) -> at least 1; Between(1, 9) -> 1 to 9; OneOf("a,b") -> a, b."""
    match = re.fullmatch(r"(\w+)\((.*)\)", argument, re.DOTALL)
    if not match:
        return argument
    kind, values = match[1], match[2].strip()
    if kind.startswith("Between"):
        low, high = [value.strip() for value in values.split(",")]
        return f"{low} to {high}" + (", or -1" if kind.endswith("OrMinusOne") else "")
    if kind == "AtLeast":
        return f"at least {values}"
    if kind in ("OneOf", "OneOfAnyCase"):
        return literal(values).replace(",", ", ")
    if kind == "ListOf":
        return "list of " + literal(values).replace(",", ", ")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()
    return "" if kind == "Any" else words


def configs(top):
    sections, by_scope = [], {}
    for row in calls((top / "src/config/configs.def").read_text(), "CONFIG"):
        by_scope.setdefault(row[0], []).append(row)
    for scope, rows in by_scope.items():
        cells = []
        for _, name, kind, default, values, dynamic, effect, follows, text in rows:
            default = literal(default)
            shown = "*(unset)*" if default is None else f"`{default}`" if default else "*(empty)*"
            follows = literal(follows)
            cells.append([f"`{literal(name)}`", kind.lower(), shown, allowed(values),
                          DYNAMIC.get(dynamic, dynamic), "yes" if effect == "Acts" else "kept only",
                          (literal(text) + (f" Default from `{follows}`." if follows else ""))])
        heads = ["name", "type", "default", "allowed", "changed", "acts", "meaning"]
        sections.append(f"## {SCOPES.get(scope, scope)}\n\n" + table(heads, cells))
    return (f"# Configs\n\n{NOTE}Names, types, ranges and defaults are Kafka's. *Kept only* means: "
            "accepted, stored and reported, without an effect in this broker. Where a default is "
            "not Kafka's, DEVIATIONS.md says why. A property that is not listed is accepted "
            "with one warning.\n\n" + "\n".join(sections))


def deviation_comments(top):
    """(title, path, text) of every comment that names a deviation."""
    for folder in ("src", "storage", "protocol", "base"):
        for path in sorted((top / folder).rglob("*")):
            if path.suffix not in (".h", ".cc"):
                continue
            text = path.read_text()
            for match in re.finditer(
                    r"^// Deviations from Apache Kafka(?:, ([^:\n]+))?:(.*(?:\n//.*)*)", text,
                    re.MULTILINE):
                said = " ".join(match[2].replace("\n//", " ").split())
                if re.match(r"none\b", said):
                    continue
                head = re.match(r"// (\w+) \(\d+\)", text)
                title = match[1] or (head[1] if head else path.stem)
                yield title, path.relative_to(top), said


def changed_defaults(top):
    """(name, Kafka's default, ours, reason) of every default that we changed."""
    ours = {literal(row[1]): literal(row[3])
            for row in calls((top / "src/config/configs.def").read_text(), "CONFIG")}
    text = (top / "src/config/config_table.cc").read_text()
    block = re.search(r"kDefaultDeviations\[\] = \{\n(.*?)\n\};", text, re.DOTALL)
    for row in re.findall(r"\{((?:[^{}\"]|\"(?:[^\"\\]|\\.)*\")*)\}", block[1]) if block else []:
        name, kafka, reason = (literal(argument) for argument in arguments(row))
        yield name, kafka, ours.get(name) or "", reason


def kept_configs(top):
    """(name, reason) of every config of topics and logs without an effect."""
    text = (top / "src/config/kept_configs.cc").read_text()
    reasons = {name: literal(said) for name, said in
               re.findall(r"std::string_view (k\w+) =\s*((?:\"[^\"]*\"\s*)+);", text)}
    for name, reason in re.findall(r"\{(\"[^\"]+\"),\s*(k\w+|(?:\"[^\"]*\"\s*)+)\}", text):
        yield literal(name), reasons.get(reason) or literal(reason)


def deviations(top):
    rows = [[f"`{name}`", f"`{kafka}`", f"`{own}`", reason]
            for name, kafka, own, reason in changed_defaults(top)]
    text = (f"# Deviations\n\n{NOTE}Where this broker answers otherwise than Apache Kafka, on "
            "purpose.\n\n## Defaults\n\n"
            + table(["config", "Kafka", "here", "because"], rows)
            + "\n## Configs without an effect\n\nOf topics and logs; they are accepted, stored and "
            "reported. CONFIGS.md tells of all others.\n\n"
            + table(["config", "because"],
                    [[f"`{name}`", reason] for name, reason in kept_configs(top)])
            + "\n## Behaviour\n")
    for title, path, said in sorted(deviation_comments(top)):
        text += f"\n### {title}\n\n{said[0].upper() + said[1:]} ([{path.name}](../{path}))\n"
    return text


def command_options(top):
    """(command, option, what it does) in the order in which they are declared."""
    text = (top / "src/cli/main.cc").read_text()
    for match in re.finditer(r"(\w+)\s*(?:->|\.)\s*add_(?:option|flag)\(", text):
        option, _, said = arguments_from(text, match.end())
        command = "serve" if match[1] == "app" else match[1].replace("_", "-")
        yield command, literal(option), literal(said)


def exit_codes(top):
    """(status, meaning) of every exit code."""
    text = (top / "src/cli/exit_codes.h").read_text()
    return re.findall(r"k\w+ = (\d+),?\s*// (.*)", text)


def command_line(top):
    rows = [[command, f"`{option}`", said] for command, option, said in command_options(top)]
    return (f"# Command line\n\n{NOTE}`odradek` alone is `odradek serve`; `exec` and `import` "
            "take the options of `serve`, before or behind their own names; those of `exec` end at `--`.\n\n"
            + table(["command", "option", "meaning"], rows) + "\n## Exit statuses\n\n"
            + table(["status", "meaning"], [list(row) for row in exit_codes(top)])
            + "\n`exec` otherwise ends with the command's own status, or with 128 and the number of the "
              "signal that ended it.\n")


PAGES = {"docs/APIS.md": apis, "docs/CLI.md": command_line, "docs/CONFIGS.md": configs,
         "docs/DEVIATIONS.md": deviations}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    stale = 0
    for name, make in PAGES.items():
        path, text = TOP / name, make(TOP)
        if path.exists() and path.read_text() == text:
            continue
        stale += 1
        if options.check:
            print(f"{name} is stale: run python3 tools/docgen/docgen.py")
        else:
            path.write_text(text)
            print(f"wrote {name}")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
