"""The broker under test: our binary or, to prove the scenarios themselves, Apache Kafka from its published jars.

Both are started with two listeners. PLAINTEXT is what clients dial; PROXY advertises the port of the driver's proxy
(proxy.py), so that a client that bootstraps there stays behind it.
"""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

SETTINGS = {
    "auto.create.topics.enable": "false",       # a client that still asks for a deleted topic must not bring it back
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "offsets.topic.num.partitions": "5",
    "num.partitions": "1",
}


class NotServing(Exception):
    """The broker did not come up."""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def wait_for(condition, seconds, what, process=None):
    end = time.monotonic() + seconds
    while not condition():
        if process is not None and process.poll() is not None:
            raise NotServing(f"{what}: the process ended with {process.returncode}")
        if time.monotonic() > end:
            raise NotServing(f"{what}: not in {seconds} s")
        time.sleep(0.02)


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Broker:
    """One broker process; start, kill and start again on the same ports with the same data."""

    name = None

    def __init__(self, folder, extra=None):
        self.folder = pathlib.Path(folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.port, self.behind_proxy, self.proxy_port, self.controller_port = free_ports(4)
        self.settings = dict(SETTINGS, **(extra or {}))
        self.process, self.bootstrap = None, f"127.0.0.1:{self.port}"
        self.log = self.folder / "broker.log"

    @property
    def proxied(self):
        return f"127.0.0.1:{self.proxy_port}"

    def listeners(self):
        return {
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},PROXY://127.0.0.1:{self.behind_proxy}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port},PROXY://127.0.0.1:{self.proxy_port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,PROXY:PLAINTEXT,CONTROLLER:PLAINTEXT",
        }

    def spawn(self, command, env=None):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


class Odradek(Broker):
    name = "odradek"

    def __init__(self, folder, binary, durable=False, nodes=1, extra=None):
        super().__init__(folder, extra)
        self.binary, self.durable, self.nodes = binary, durable, nodes

    def version(self):
        out = subprocess.run([self.binary, "--version"], capture_output=True, text=True, check=True).stdout
        return out.splitlines()[0].strip()

    def start(self):
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        command = [self.binary, "--ready-file", str(ready)]
        if self.nodes == 1:
            settings = dict(self.settings, **self.listeners())
        else:
            settings = self.settings
            command += ["--port", str(self.port), "--brokers", str(self.nodes)]
        for name, value in settings.items():
            command += ["--set", f"{name}={value}"]
        if self.durable:
            command += ["--data-dir", str(self.folder / "data")]
        self.spawn(command)
        wait_for(ready.exists, 30, "odradek is ready", self.process)
        if self.nodes > 1:
            self.bootstrap = json.loads(ready.read_text())["bootstrap"]


class Kafka(Broker):
    """Apache Kafka, one node. Its jars come through Maven, by kafka/pom.xml."""

    name = "apache-kafka"
    LOGGING = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true"]

    def __init__(self, folder, libs, extra=None):
        super().__init__(folder, extra)
        self.libs = str(libs)

    def version(self):
        jar = next(pathlib.Path(self.libs).glob("kafka_2.13-*.jar"))
        return "Apache Kafka " + jar.stem.rsplit("-", 1)[1]

    def start(self):
        file = self.folder / "server.properties"
        settings = dict(self.settings, **self.listeners())
        settings["listeners"] += f",CONTROLLER://127.0.0.1:{self.controller_port}"
        settings.update({
            "process.roles": "broker,controller", "node.id": "1", "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": f"1@127.0.0.1:{self.controller_port}",
            "log.dirs": str(self.folder / "data"), "offsets.topic.replication.factor": "1",
            "transaction.state.log.replication.factor": "1", "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.replication.factor": "1", "share.coordinator.state.topic.min.isr": "1",
        })
        file.write_text("".join(f"{k}={v}\n" for k, v in settings.items()))
        java = ["java", "-Xmx640m", *self.LOGGING, "-cp", self.libs + "/*"]
        subprocess.run(java + ["kafka.tools.StorageTool", "format", "--ignore-formatted", "-t",
                               "Y29tcGF0LXRlc3RzLS0tLQ", "-c", str(file)],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.spawn(java + ["kafka.Kafka", str(file)])
        wait_for(lambda: listens(self.port) and listens(self.behind_proxy), 90, "Kafka listens", self.process)
