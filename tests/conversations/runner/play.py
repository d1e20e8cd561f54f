"""Plays one script against one broker."""

import time

from . import client as wire
from .build import Builder
from .codec import DecodeError, encode
from .context import Context
from .match import Matcher, Mismatch
from .setup import Setup
from .shapes import USUAL
from .values import TalkError

UNTIL_S = 30.0
PAUSE_S = 0.02  # between two askings of `~`


class Failed(Exception):
    def __init__(self, step, text):
        super().__init__(text)
        self.step = step


class Exchange:
    """One answer as the reference lane compares it."""

    def __init__(self, step, answer):
        self.step = step
        self.answer = answer


class Player:
    def __init__(self, model, broker, script, watch=None):
        self.model = model
        self.broker = broker
        self.script = script
        self.watch = watch  # called with (step, answer, player) after each comparison
        self.context = Context(model)
        self.setup = Setup(model, broker, self.context)
        self.matcher = Matcher(self.context)
        self.clients = {}
        self.options = {}  # connection -> (node, client id)
        self.pending = {}  # connection -> [(step, message, version, correlation)]
        self.last_fields = {}  # api -> entries, for `...`
        self.exchanges = []

    def run(self):
        try:
            for step in self.script.steps:
                self._step(step)
            for connection, waiting in self.pending.items():
                if waiting:
                    raise Failed(waiting[0][0], f"the answer on {connection} was never asked for")
        finally:
            for client in self.clients.values():
                client.close()
            self.setup.close()

    def _step(self, step):
        try:
            getattr(self, "_do_" + step.verb)(step)
        except (Mismatch, TalkError, DecodeError, ValueError) as error:
            raise Failed(step, str(error)) from error
        except wire.Closed:
            raise Failed(step, "the broker closed the connection") from None
        except wire.NoAnswer:
            raise Failed(step, "no answer") from None
        except OSError as error:
            raise Failed(step, str(error)) from None

    # Statements without a connection
    def _do_names(self, step):
        for entry in step.entries:
            self.context.declare(entry.name)

    def _do_topic(self, step):
        self.setup.topic(step.entries)

    def _do_restart(self, step):
        for client in self.clients.values():
            client.close()
        self.clients.clear()
        self.pending.clear()
        self.setup.close()
        self.broker.restart(kill=any(entry.name == "kill" for entry in step.entries))
        self.setup.ready()

    def _do_connect(self, step):
        """connect a node=2 | leader=t/0 | follower=t/0 | coordinator=g | stranger=g, client_id=x"""
        name = step.entries[0].name
        node, client_id = None, name
        for entry in step.entries[1:]:
            if entry.name == "client_id":
                client_id = None if entry.value.text == "null" and not entry.value.quoted else entry.value.text
            elif entry.name == "node":
                node = int(entry.value.text)
            else:
                node = self.setup.node_by(entry.name, entry.value.text)
        if name in self.clients:
            self.clients.pop(name).close()
        self.options[name] = (node, client_id)

    # Statements on a connection
    def _client(self, name):
        if name not in self.clients:
            node, client_id = self.options.get(name, (None, name))
            address = self.broker.nodes[node if node is not None else min(self.broker.nodes)]
            self.clients[name] = wire.Client(self.model, address, client_id)
        return self.clients[name]

    def _do_raw(self, step):
        """raw VALUE [pieces=n] [expects=Api version=n correlation=n]"""
        client = self._client(step.connection)
        given = {entry.name: entry.value for entry in step.entries}
        data = Builder(self.context).bytes(given["bytes"])
        size = int(given["pieces"].text) if "pieces" in given else max(len(data), 1)
        try:
            for at in range(0, len(data), size):
                client.send(data[at:at + size])
        except wire.Closed:
            if step.outcome != "closes":
                raise
        if step.outcome == "closes":
            self._do_closes(step)
        elif "expects" in given:
            step.api, step.version = given["expects"].text, int(given["version"].text)
            response = self._messages(step.api)[1]
            waiting = (step, response, step.version, int(given["correlation"].text))
            self.pending.setdefault(step.connection, []).append(waiting)

    def _do_close(self, step):
        self._client(step.connection).close()
        del self.clients[step.connection]
        self.pending.pop(step.connection, None)

    def _do_closes(self, step):
        rest = self._client(step.connection).closes()
        if rest is not None:
            raise Mismatch("connection", "a close", f"{len(rest)} bytes: {rest[:200].hex()}")
        self._do_close(step)

    def _do_parked(self, step):
        if not self.pending.get(step.connection):
            raise TalkError(f"{step.connection} waits for nothing")
        if self.clients[step.connection].has_answer():
            _, message, version, correlation = self.pending[step.connection][0]
            answer = self.clients[step.connection].answer(message, version, correlation)
            raise Mismatch("", "answered although it should wait", self.matcher.show(answer))

    def _do_answers(self, step):
        waiting = self.pending.get(step.connection)
        if not waiting:
            raise TalkError(f"{step.connection} waits for nothing")
        asked, message, version, correlation = waiting.pop(0)
        step.api, step.version = asked.api, version
        if step.outcome == "closes":
            self._do_closes(step)
            return
        self._judge(step, self._client(step.connection).answer(message, version, correlation))

    def _do_request(self, step):
        fields, options = self._fields(step)
        request, response = self._messages(step.api)
        version = int(options.get("body_as", step.version))
        answer_version = int(options.get("answer_as", step.version))
        usual = USUAL.get(step.api, {})
        deadline = time.monotonic() + UNTIL_S
        while True:
            body = encode(request, version, Builder(self.context, usual).message(request, version, fields))
            body = body[:len(body) - int(options.get("body_cut", 0))]
            body += bytes.fromhex(options.get("body_extra", "0x")[2:])
            client = self._client(step.connection)
            correlation = client.request(request, step.version, body)
            if step.later:
                self._later(step, response, answer_version, correlation)
                return
            if step.outcome == "none":
                return
            if step.outcome == "closes":
                self._do_closes(step)
                return
            if self._waiting(step.connection):
                raise TalkError(f"{step.connection} still waits; say `{step.connection} answers` first")
            if self._settled(step, client.answer(response, answer_version, correlation), deadline):
                return
            time.sleep(PAUSE_S)

    def _waiting(self, connection):
        return bool(self.pending.get(connection))

    def _messages(self, api):
        if api + "Request" not in self.model.messages:
            raise TalkError(f"there is no API {api}")
        return self.model.api(api)

    def _fields(self, step):
        """The request's entries with `...` filled in, and the options that are no fields."""
        fields, options = [], {}
        for entry in step.entries:
            if entry.name in ("body_as", "answer_as", "body_cut", "body_extra"):
                options[entry.name] = entry.value.text
            elif entry.name == "...":
                if step.api not in self.last_fields:
                    raise TalkError(f"... repeats the last {step.api}, but there was none")
                own = {e.name for e in step.entries}
                fields += [e for e in self.last_fields[step.api] if e.name not in own]
            elif entry.name.startswith("-") and entry.value is None:
                fields = [e for e in fields if e.name != entry.name[1:]]
            else:
                fields.append(entry)
        self.last_fields[step.api] = fields
        return fields, options

    def _later(self, step, response, version, correlation):
        self.pending.setdefault(step.connection, []).append((step, response, version, correlation))
        if step.later == "parked":
            self.setup.barrier()
            self._do_parked(step)

    def _settled(self, step, answer, deadline):
        if not step.until or time.monotonic() > deadline:
            self._judge(step, answer)
            return True
        self.context.learn_ids(answer)
        try:
            self.matcher.answer(step.expected or [], answer)
        except Mismatch:
            return False
        self._judge(step, answer)
        return True

    def _judge(self, step, answer):
        self.context.learn_ids(answer)
        expected = [entry for entry in step.expected or [] if entry.name != "?"]
        try:
            self.matcher.answer(expected, answer)
        except Mismatch as error:
            raise Mismatch("", str(error), self.matcher.show(answer)) from None
        finally:
            self.exchanges.append(Exchange(step, answer))
            if self.watch:
                self.watch(step, answer, self)
