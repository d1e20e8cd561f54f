"""The clients of the matrix: */clients.json, and their set-up in a cache folder outside the repository."""
import dataclasses
import fcntl
import hashlib
import json
import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent.parent


def cache_root():
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(os.environ.get("COMPAT_CACHE") or pathlib.Path(base) / "odradek" / "compat")


class Missing(Exception):
    """A tool chain that is not on this machine."""


@dataclasses.dataclass
class Client:
    name: str
    title: str
    version: str
    folder: pathlib.Path
    command: list
    not_applicable: dict
    own_checks: list       # parts in which the client may refuse by itself, without Kafka's code

    def reason(self, part_id):
        """Why a part cannot be asked of this client, or None."""
        return self.not_applicable.get(part_id) or self.not_applicable.get(part_id.split(".")[0])

    def can(self, part_id):
        return self.reason(part_id) is None

    @property
    def cache(self):
        return cache_root() / self.folder.name

    def argv(self):
        return [word.format(cache=self.cache, folder=self.folder) for word in self.command]


def load(names=()):
    found = {}
    for file in sorted(HERE.glob("*/clients.json")):
        for row in json.loads(file.read_text()):
            found[row["name"]] = Client(row["name"], row["title"], row["version"], file.parent, row["command"],
                                        row.get("not_applicable", {}), row.get("own_checks", []))
    unknown = set(names) - set(found)
    if unknown:
        raise SystemExit(f"no such client: {', '.join(sorted(unknown))}; there are {', '.join(sorted(found))}")
    return [c for n, c in sorted(found.items()) if not names or n in names]


def set_up(folder, log):
    """Runs folder/setup with CACHE set, unless its files are as they were when it last succeeded."""
    cache = cache_root() / folder.name
    cache.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    for file in sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        if file.name not in ("clients.json", "README.md"):
            digest.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes())
    stamp = cache / "stamp"
    with open(cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == digest.hexdigest():
            return
        stamp.unlink(missing_ok=True)
        with open(log, "ab") as out:
            done = subprocess.run([folder / "setup"], cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                  env=dict(os.environ, CACHE=str(cache)))
        if done.returncode == 77:
            raise Missing(pathlib.Path(log).read_text().strip().splitlines()[-1])
        if done.returncode:
            tail = "\n".join(pathlib.Path(log).read_text(errors="replace").splitlines()[-30:])
            raise RuntimeError(f"{folder.name}/setup failed ({log}):\n{tail}")
        stamp.write_text(digest.hexdigest())
