"""The files that tidy looks at, read once."""
import pathlib
import subprocess

import cpp_text

_TEXT = {".h", ".cc", ".inc", ".def", ".py", ".sh", ".cmake", ".txt", ".md", ".json", ".go", ".rs",
         ".java", ".js", ".mjs", ".ts", ".yml", ".yaml", ".toml", ".xml", ".talk", ".mod", ".sum",
         ".lock", ".html", ".css", ""}


class File:
    """One file of the tree; its text and its code without comments, made when asked for."""

    def __init__(self, top, path):
        self.path = path
        self.name = path.rsplit("/", 1)[-1]
        self._full = top / path
        self._text = self._code = None
        self.is_foreign = False  # a program of its own, see layers.txt

    @property
    def text(self):
        if self._text is None:
            self._text = self._full.read_text(encoding="utf-8", errors="replace")
        return self._text

    @property
    def code(self):
        if self._code is None:
            self._code = cpp_text.code_only(self.text)
        return self._code

    @property
    def suffix(self):
        return pathlib.PurePosixPath(self.name).suffix

    @property
    def is_cpp(self):
        return self.suffix in (".h", ".cc")

    @property
    def is_header(self):
        return self.suffix == ".h"

    @property
    def is_test(self):
        return (self.name.endswith(("_test.cc", "_bench.cc", "_fuzz.cc", "_test.py"))
                or "/testing/" in self.path or self.path.startswith("tests/"))

    @property
    def is_script(self):
        if self.suffix in (".py", ".sh", ".cmake"):
            return True
        return self.suffix == "" and self.text.startswith("#!")

    @property
    def is_text(self):
        return self.suffix in _TEXT or self.name.startswith(".")


class Tree:
    """All tracked files below `top`; outside a git repository, all files."""

    def __init__(self, top):
        self.top = pathlib.Path(top)
        self.files = {path: File(self.top, path) for path in self._paths()}

    def _paths(self):
        listed = subprocess.run(["git", "-C", str(self.top), "ls-files", "-z"],
                                capture_output=True, text=True, check=False)
        if listed.returncode == 0:
            found = [path for path in listed.stdout.split("\0") if path]
        else:
            found = [str(path.relative_to(self.top)) for path in self.top.rglob("*")]
        return sorted(path for path in found if (self.top / path).is_file()
                      and not (self.top / path).is_symlink())

    def mark_foreign(self, folders):
        for path, file in self.files.items():
            file.is_foreign = any(path.startswith(folder + "/") for folder in folders)

    def cpp(self, foreign=False):
        """The C++ files; with `foreign`, also those of programs of their own."""
        return [file for file in self.files.values()
                if file.is_cpp and (foreign or not file.is_foreign)]
