"""Includes point downward, libraries stay behind their seam, and nothing goes round in circles."""
import cpp_text


class Layers:
    """layers.txt, read."""

    def __init__(self, text):
        self.number, self.allowed, self.generated, self.libraries = {}, {}, [], []
        self.foreign = []
        for line in text.splitlines():
            words = line.split("#")[0].split()
            if not words:
                continue
            if words[0] == "generated":
                self.generated += words[1:]
            elif words[0] == "foreign":
                self.foreign += words[1:]
            elif words[0] == "library":
                colon = words.index(":")
                self.libraries.append((words[1:colon], words[colon + 1:]))
            else:
                self.number[words[1]] = int(words[0])
                self.allowed[words[1]] = words[3:]

    def folder_of(self, path):
        """The layer folder that holds a path: the longest that is a prefix, or None."""
        parts = path.split("/")
        for length in (2, 1):
            folder = "/".join(parts[:length])
            if len(parts) > length and folder in self.number:
                return folder
        return None

    def may_include(self, folder, target_path, from_test):
        target = self.folder_of(target_path)
        if target == folder:
            return True
        if from_test:
            return self.number[target] <= self.number[folder]
        if self.number[target] >= self.number[folder]:
            return False
        return any(entry == "*" or target_path == entry or target_path.startswith(entry + "/")
                   for entry in self.allowed[folder])


def _resolve(tree, layers, name):
    """The path of a quoted include below one of the two include roots, or None."""
    for path in (name, "src/" + name):
        if path in tree.files or any(path.startswith(made) for made in layers.generated):
            return path
    return None


def graph(tree, layers):
    """{path: [(line, included path or None, name as written)]} of the quoted includes."""
    edges = {}
    for file in tree.cpp():
        edges[file.path] = [(line, _resolve(tree, layers, name), name)
                            for line, name, quoted in cpp_text.includes(file.text) if quoted]
    return edges


def check_layers(tree, layers, edges):
    for path, includes in edges.items():
        file, folder = tree.files[path], layers.folder_of(path)
        if folder is None:
            yield "layer", path, 1, "lies in no folder of layers.txt"
            continue
        for line, target, name in includes:
            if target is None:
                yield "include-path", path, line, f'"{name}" is no path from the root or from src/'
            elif layers.folder_of(target) is None:
                yield "layer", path, line, f'"{name}" lies in no folder of layers.txt'
            elif "/testing/" in "/" + target and not file.is_test:
                yield "layer", path, line, f'"{name}" is for tests only'
            elif not layers.may_include(folder, target, file.is_test):
                yield "layer", path, line, f'{folder} may not include "{name}"'


def check_libraries(tree, layers):
    for file in tree.cpp():
        for line, name, quoted in cpp_text.includes(file.text):
            if quoted:
                continue
            for headers, places in layers.libraries:
                if (any(_is_header(name, header) for header in headers)
                        and not any(file.path.startswith(place) for place in places)
                        and not _test_may_use(file, name)):
                    where = " ".join(places) or "nowhere"
                    yield "library", file.path, line, f"<{name}> belongs to {where}"


def _is_header(name, header):
    if header.endswith("/"):
        return name.startswith(header)
    return name == header or name == header + ".h" or (
        header in ("lz4", "zstd", "snappy") and name.startswith(header))


def _test_may_use(file, name):
    """Tests compare with other implementations, and run threads to shake locks."""
    return file.is_test and name in ("thread", "random", "filesystem", "fstream")


def check_cycles(edges):
    """One finding per file-level include cycle, named by its files. An x_inl.h is a part of the
    header that includes it at its end, and may include that header for its readers."""
    state, stack, found = {}, [], set()

    def visit(path):
        state[path] = "open"
        stack.append(path)
        for _, target, _ in edges[path]:
            if target not in edges or path.endswith("_inl.h"):
                continue
            if state.get(target) == "open":
                cycle = stack[stack.index(target):]
                turn = cycle.index(min(cycle))
                found.add(tuple(cycle[turn:] + cycle[:turn]))
            elif target not in state:
                visit(target)
        stack.pop()
        state[path] = "done"

    for path in edges:
        if path not in state:
            visit(path)
    for cycle in sorted(found):
        yield "include-cycle", cycle[0], 1, " -> ".join(cycle + (cycle[0],))
