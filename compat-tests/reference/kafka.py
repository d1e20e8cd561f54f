"""Apache Kafka from its published jars: one or more nodes, each broker and controller."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "conversations"))
from runner.broker import StartError, free_ports  # noqa: E402
from runner.settings import FIRST_NODE, default_settings, rack_of  # noqa: E402

VERSION = "4.3.1"
CLUSTER_ID = "T2RyYWRla1JlZmVyZW5jZQ"
START_S = 120.0
HERE = os.path.dirname(os.path.abspath(__file__))
QUIET = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]


def cache_dir():
    base = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))
    return os.path.join(base, "odradek", f"kafka-{VERSION}")


def class_path():
    """The jars; fetched by Maven at the first call."""
    libs = os.path.join(cache_dir(), "libs")
    if not os.path.isdir(libs) or not any(name.startswith("kafka_2.13") for name in os.listdir(libs)):
        os.makedirs(cache_dir(), exist_ok=True)
        shutil.copy(os.path.join(HERE, "pom.xml"), os.path.join(cache_dir(), "pom.xml"))
        subprocess.run(["mvn", "-B", "-q", "dependency:copy-dependencies", "-DoutputDirectory=libs"],
                       cwd=cache_dir(), check=True)
    return os.path.join(libs, "*")


class KafkaBroker:
    """The same face as runner.broker.CommandBroker."""

    def __init__(self, nodes=1, settings=None, durable=True, heap="384m"):
        del durable  # Kafka always is
        self.count = nodes
        self.settings = {**default_settings(nodes), **(settings or {})}
        self.heap = heap
        self.folder = tempfile.mkdtemp(prefix="kafka-")
        self.base = free_ports(2 * nodes)
        self.ids = list(range(FIRST_NODE, FIRST_NODE + nodes))
        self.nodes = {node: ("127.0.0.1", self.base + index) for index, node in enumerate(self.ids)}
        self.processes = {}

    def _properties(self, node):
        host, port = self.nodes[node]
        controller = {n: self.base + self.count + i for i, n in enumerate(self.ids)}
        voters = ",".join(f"{n}@127.0.0.1:{p}" for n, p in controller.items())
        lines = {
            "process.roles": "broker,controller", "node.id": node,
            "listeners": f"PLAINTEXT://{host}:{port},CONTROLLER://127.0.0.1:{controller[node]}",
            "advertised.listeners": f"PLAINTEXT://{host}:{port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER", "controller.quorum.voters": voters,
            "log.initial.task.delay.ms": 3600000,
            "log.dirs": os.path.join(self.folder, f"data{node}"),
            **({"broker.rack": rack_of(node)} if self.count > 1 else {}), **self.settings}
        path = os.path.join(self.folder, f"node{node}.properties")
        with open(path, "w") as file:
            file.writelines(f"{name}={value}\n" for name, value in lines.items())
        return path

    def _format(self, node, properties):
        """Formatting costs seconds of Java: done once, then copied."""
        ready = os.path.join(cache_dir(), f"formatted-node{node}-of-{self.count}")
        if not os.path.isdir(ready):
            java(["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", properties])
            shutil.copytree(os.path.join(self.folder, f"data{node}"), ready + f".{os.getpid()}")
            try:
                os.rename(ready + f".{os.getpid()}", ready)
            except OSError:
                shutil.rmtree(ready + f".{os.getpid()}")
        else:
            shutil.copytree(ready, os.path.join(self.folder, f"data{node}"))

    def start(self):
        for node in self.ids:
            properties = self._properties(node)
            if not os.path.isdir(os.path.join(self.folder, f"data{node}")):
                self._format(node, properties)
            log = open(os.path.join(self.folder, f"log{node}"), "ab")
            self.processes[node] = subprocess.Popen(
                ["java", f"-Xmx{self.heap}", *QUIET, "-cp", class_path(), "kafka.Kafka", properties],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)
            log.close()
        for node in self.ids:
            self._wait(node)

    def _wait(self, node):
        deadline = time.monotonic() + START_S
        while True:
            try:
                socket.create_connection(self.nodes[node], timeout=1).close()
                return
            except OSError:
                if self.processes[node].poll() is not None or time.monotonic() > deadline:
                    with open(os.path.join(self.folder, f"log{node}"), errors="replace") as file:
                        raise StartError("Kafka did not start:\n" + file.read()[-3000:]) from None
                time.sleep(0.05)

    def restart(self, kill):
        self._end(signal.SIGKILL if kill else signal.SIGTERM)
        self.start()

    def _end(self, number):
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(number)
        for process in self.processes.values():
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()

    def stop(self):
        self._end(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


def java(arguments):
    done = subprocess.run(["java", "-Xmx128m", *QUIET, "-cp", class_path(), *arguments],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise StartError(done.stdout.decode(errors="replace")[-3000:])
