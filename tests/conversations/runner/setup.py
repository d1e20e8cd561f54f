"""What happens beside the conversation itself: topics made ready, the coordinator awake, nodes found."""

import time

from . import client as wire
from .codec import encode
from .values import TalkError

READY_S = 40.0
PAUSE_S = 0.02


class Setup:
    def __init__(self, model, broker, context):
        self.model = model
        self.broker = broker
        self.context = context
        self.clients = {}

    def close(self):
        for client in self.clients.values():
            client.close()
        self.clients.clear()

    def ask(self, api, version, body, node=None):
        node = min(self.broker.nodes) if node is None else node
        if node not in self.clients:
            self.clients[node] = wire.Client(self.model, self.broker.nodes[node], "setup")
        request, response = self.model.api(api)
        client = self.clients[node]
        correlation = client.request(request, version, encode(request, version, body))
        return client.answer(response, version, correlation)

    def until(self, what, check):
        deadline = time.monotonic() + READY_S
        while True:
            value = check()
            if value is not None:
                return value
            if time.monotonic() > deadline:
                raise TalkError(f"{what} takes too long")
            time.sleep(PAUSE_S)

    def barrier(self):
        """Three round trips on a connection of its own: what was sent before has reached the broker."""
        for _ in range(3):
            self.ask("ApiVersions", 0, {})

    def ready(self):
        """All nodes answer and see each other, and a group coordinator can be asked."""
        for node in self.broker.nodes:
            self.until(f"node {node}", lambda n=node: self._sees_all(n))
        self.until("the coordinator", lambda: self._coordinator("talk-warm-up"))

    def _sees_all(self, node):
        try:
            found = self.ask("Metadata", 9, {"topics": []}, node)["brokers"]
        except (OSError, wire.Closed):
            self.clients.pop(node, None)
            return None
        return True if len(found) == len(self.broker.nodes) else None

    def _coordinator(self, group):
        answer = self.ask("FindCoordinator", 3, {"key": group, "key_type": 0})
        if answer["error_code"] != 0:
            return None
        fetched = self.ask("OffsetFetch", 7, {"group_id": group, "topics": None}, answer["node_id"])
        return answer["node_id"] if fetched["error_code"] == 0 else None

    def topic(self, entries):
        """topic NAME [partitions=1] [replicas=1] [place=[[1 2] [2 3]]] [config=value ...]"""
        alias = entries[0].name
        self.context.declare(alias)
        name = self.context.real(alias)
        wanted = {"name": name, "num_partitions": 1, "replication_factor": 1, "assignments": [], "configs": []}
        for entry in entries[1:]:
            if entry.value is None:
                raise TalkError(f"topic {alias}: {entry.name} has no value (quote values with commas)")
            if entry.name == "partitions":
                wanted["num_partitions"] = int(entry.value.text)
            elif entry.name == "replicas":
                wanted["replication_factor"] = int(entry.value.text)
            elif entry.name == "place":
                self._place(wanted, entry.value)
            else:
                wanted["configs"].append({"name": entry.name, "value": entry.value.text})
        answer = self.ask("CreateTopics", 7, {"topics": [wanted], "timeout_ms": 30000})["topics"][0]
        if answer["error_code"] != 0:
            raise TalkError(f"topic {alias}: {self.model.error_names[answer['error_code']]} {answer['error_message']}")
        self.context.learn_id(alias, answer["topic_id"])
        for node in self.broker.nodes:
            self.until(f"topic {alias}", lambda n=node: self._serves(name, answer, n))

    def _place(self, wanted, value):
        wanted["num_partitions"] = wanted["replication_factor"] = -1
        wanted["assignments"] = [{"partition_index": index, "broker_ids": [int(word.text) for word in row.items]}
                                 for index, row in enumerate(value.items)]

    def _serves(self, name, created, node):
        """The node knows all partitions, and the leader among them that is this node answers for them."""
        topic = self.ask("Metadata", 9, {"topics": [{"name": name}]}, node)["topics"][0]
        parts = topic["partitions"]
        if topic["error_code"] or len(parts) != created["num_partitions"]:
            return None
        if any(p["error_code"] or p["leader_id"] < 0 or len(p["isr_nodes"]) != len(p["replica_nodes"]) for p in parts):
            return None
        mine = [{"partition_index": p["partition_index"], "timestamp": -1} for p in parts if p["leader_id"] == node]
        if not mine:
            return True
        asked = {"replica_id": -1, "topics": [{"name": name, "partitions": mine}]}
        answer = self.ask("ListOffsets", 5, asked, node)["topics"][0]
        return True if all(p["error_code"] == 0 for p in answer["partitions"]) else None

    def node_by(self, role, name):
        """The node behind leader=t/0, follower=t/0, outsider=t/0 (has no replica), coordinator=g or stranger=g."""
        if role in ("coordinator", "stranger"):
            node = self.until("the coordinator", lambda: self._coordinator(self.context.real(name)))
            return node if role == "coordinator" else min(set(self.broker.nodes) - {node})
        alias, _, index = name.rpartition("/")
        topic = self.ask("Metadata", 9, {"topics": [{"name": self.context.real(alias)}]})["topics"][0]
        part = next(p for p in topic["partitions"] if p["partition_index"] == int(index))
        choices = {"leader": {part["leader_id"]},
                   "follower": set(part["replica_nodes"]) - {part["leader_id"]},
                   "outsider": set(self.broker.nodes) - set(part["replica_nodes"])}
        if role not in choices:
            raise TalkError(f"connect knows no {role}")
        if not choices[role]:
            raise TalkError(f"{name} has no {role}")
        return min(choices[role])
