"""Starts the broker under test by its command line and stops it."""

import json
import os
import random
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from .settings import FIRST_NODE, default_settings, rack_of

START_S = 30.0


class StartError(Exception):
    pass


def free_ports(count):
    """Free, consecutive ports (a broker of several nodes counts up from its first), below those that the system gives
    to outgoing connections: such a one must not take a port between this look and the broker's start."""
    while True:
        base = random.randrange(12000, 32000)
        held = []
        try:
            for index in range(count):
                held.append(socket.socket())
                held[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                held[-1].bind(("127.0.0.1", base + index))
            return base
        except OSError:
            continue
        finally:
            for item in held:
                item.close()


class CommandBroker:
    """`command` with {port} replaced; the ready file says which nodes serve where. Only a durable one gets a data
    directory: the others run in memory, as most users do."""

    def __init__(self, command, nodes=1, settings=None, durable=False):
        self.command = command
        self.durable = durable
        self.nodes_wanted = nodes
        self.settings = {"node.id": str(FIRST_NODE), **default_settings(nodes), **(settings or {})}
        self.nodes = {}
        self.process = None
        self.folder = tempfile.mkdtemp(prefix="talk-")
        self.port = free_ports(nodes)
        self.log = open(os.path.join(self.folder, "log"), "ab")

    def start(self):
        ready = os.path.join(self.folder, "ready.json")
        if os.path.exists(ready):
            os.remove(ready)
        words = [word.replace("{port}", str(self.port)) for word in shlex.split(self.command)]
        words += ["--ready-file", ready]
        if self.durable:
            words += ["--data-dir", os.path.join(self.folder, "data")]
        for name, value in self.settings.items():
            words += ["--set", f"{name}={value}"]
        if self.nodes_wanted > 1:
            words += ["--brokers", str(self.nodes_wanted)]
            for node in range(FIRST_NODE, FIRST_NODE + self.nodes_wanted):
                words += ["--node-set", f"{node}:broker.rack={rack_of(node)}"]
        self.process = subprocess.Popen(words, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + START_S
        while not os.path.exists(ready):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise StartError(f"{words[0]} did not get ready:\n{self.log_tail()}")
            time.sleep(0.002)
        with open(ready) as file:
            self.nodes = {node["id"]: (node["host"], node["port"]) for node in json.load(file)["nodes"]}

    def log_tail(self):
        with open(os.path.join(self.folder, "log"), errors="replace") as file:
            return file.read()[-2000:]

    def restart(self, kill):
        self._end(signal.SIGKILL if kill else signal.SIGTERM)
        self.start()

    def _end(self, number):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(timeout=START_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def stop(self):
        self._end(signal.SIGTERM)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
