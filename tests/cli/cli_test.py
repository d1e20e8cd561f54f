"""The program as its callers see it: python3 tests/cli/cli_test.py path/to/odradek"""

import glob
import json
import os
import pty
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

WAIT_S = 120
PROGRAM = "odradek"

# A command that gets along without shells: `block` holds signals back until they are waited for, so
# that none can come too early.
PRELUDE = """
import os, signal, socket, sys
broker = os.getppid()
def block(*signals): signal.pthread_sigmask(signal.SIG_BLOCK, signals)
def connect():
    host, port = os.environ["BOOTSTRAP_SERVERS"].rsplit(":", 1)
    socket.create_connection((host, int(port)), 60).close()
"""


def odradek(*arguments, **more):
    return subprocess.run([PROGRAM, *arguments], timeout=WAIT_S, capture_output=True, text=True, **more)


def execute(script, *options, **more):
    return odradek("exec", *options, "--", sys.executable, "-c", PRELUDE + script, **more)


class ExecSignals(unittest.TestCase):
    def test_forwards_signals_and_serves_until_the_command_ends(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
            with self.subTest(number):
                ran = execute(f"block({number})\nos.kill(broker, {number})\n"
                              f"assert signal.sigwait([{number}]) == {number}\n"
                              "connect()\nsys.exit(7)")
                self.assertEqual(ran.returncode, 7, ran.stderr)

    def test_ends_with_128_and_the_signal_that_ended_the_command(self):
        ran = execute("os.kill(broker, signal.SIGTERM)\nsignal.pause()")
        self.assertEqual(ran.returncode, 128 + signal.SIGTERM, ran.stderr)

    def test_a_signal_that_the_command_ignores_changes_nothing(self):
        ran = execute("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nblock(signal.SIGHUP)\n"
                      "os.kill(broker, signal.SIGTERM)\nos.kill(broker, signal.SIGHUP)\n"
                      "signal.sigwait([signal.SIGHUP])\nconnect()\nprint('done')")
        self.assertEqual((ran.returncode, ran.stdout), (0, "done\n"), ran.stderr)

    def test_leaves_hang_ups_ignored_where_they_were(self):
        script = ("os.kill(broker, signal.SIGHUP)\nblock(signal.SIGTERM)\nos.kill(broker, signal.SIGTERM)\n"
                  "signal.sigwait([signal.SIGTERM])\n"
                  "print(signal.getsignal(signal.SIGHUP) == signal.SIG_IGN)")
        ran = execute(script, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.assertEqual((ran.returncode, ran.stdout), (0, "True\n"), ran.stderr)

    def test_the_command_starts_with_the_signal_mask_of_the_caller(self):
        ran = execute("print(signal.pthread_sigmask(signal.SIG_BLOCK, []) == {signal.SIGUSR1})",
                      preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, [signal.SIGUSR1]))
        self.assertEqual((ran.returncode, ran.stdout), (0, "True\n"), ran.stderr)

    def test_the_command_starts_with_the_signals_of_writes_as_they_are(self):
        ran = odradek("exec", "--", "grep", "SigIgn", "/proc/self/status")
        ignored = int(ran.stdout.split()[1], 16)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            self.assertFalse(ignored >> (number - 1) & 1, ran.stdout)

    def test_knows_the_status_also_where_callers_ignore_the_end_of_children(self):
        ran = execute("sys.exit(7)", preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
        self.assertEqual(ran.returncode, 7, ran.stderr)

    def test_ctrl_c_reaches_the_command_once(self):
        # The terminal signals both processes; a second interrupt would come out before SIGTERM.
        script = PRELUDE + ("block(signal.SIGINT, signal.SIGTERM)\nprint('ready', flush=True)\n"
                            "first = signal.sigwait([signal.SIGINT])\n"
                            "os.kill(broker, signal.SIGTERM)\n"
                            "second = signal.sigwait([signal.SIGINT, signal.SIGTERM])\n"
                            "sys.exit(9 if (first, second) == (signal.SIGINT, signal.SIGTERM) else 1)")
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(PROGRAM, [PROGRAM, "exec", "--", sys.executable, "-c", script])
        with os.fdopen(terminal, "rb+", buffering=0) as stream:
            seen = b""
            while b"ready" not in seen:
                seen += stream.read(100)
            stream.write(b"\x03")
            _, status = os.waitpid(pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 9)


class ClosedStreams(unittest.TestCase):
    def test_closed_standard_streams_lead_nowhere(self):
        with tempfile.TemporaryDirectory() as folder:
            seen = os.path.join(folder, "seen")
            data = os.path.join(folder, "data")
            script = (f"open({seen!r}, 'w').write(' '.join(\n"
                      "    os.readlink(f'/proc/{who}/fd/{n}') for who in (broker, 'self') for n in range(3)))")
            line = 'exec 0<&- 1>&- 2>&-; exec "$0" exec --data-dir "$1" -- "$2" -c "$3"'
            ran = subprocess.run(["sh", "-c", line, PROGRAM, data, sys.executable, PRELUDE + script],
                                 timeout=WAIT_S, check=False)
            self.assertEqual(ran.returncode, 0)
            with open(seen, encoding="utf-8") as file:
                self.assertEqual(file.read().split(), ["/dev/null"] * 6)
            with open(os.path.join(data, ".lock"), encoding="utf-8") as lock:
                self.assertEqual(lock.read(), "")  # as a clean stop leaves it


class Options(unittest.TestCase):
    def test_reads_properties_from_a_pipe(self):
        ran = odradek("--port", "0", "--config", "/dev/stdin", input="num.partitions=zz\n")
        self.assertEqual(ran.returncode, 2, ran.stderr)
        self.assertIn("/dev/stdin line 1", ran.stderr)

    def test_names_the_limit_of_properties(self):
        ran = odradek("--port", "0", "--config", "/dev/stdin", input="#" * (1 << 20) + "\n")
        self.assertEqual(ran.returncode, 2, ran.stderr)
        self.assertIn("1048576 bytes", ran.stderr)

    def test_says_which_file_is_missing(self):
        for option in ("--config", "--ready-file"):
            ran = odradek("--port", "0", option, "/nonexistent/file")
            self.assertEqual(ran.returncode, 3, ran.stderr)
            self.assertIn("/nonexistent/file", ran.stderr)

    def test_lists_the_options_of_serve(self):
        whole = odradek("--help")
        self.assertIn("--data-dir", whole.stdout)
        self.assertEqual(odradek("serve", "--help").stdout, whole.stdout)
        for command in ("exec", "import"):
            self.assertIn("akes the options of serve", odradek(command, "--help").stdout)

    def test_refuses_settings_of_nodes_that_do_not_exist(self):
        ran = odradek("--port", "0", "--node-set", "5:broker.rack=a")
        self.assertEqual(ran.returncode, 2, ran.stderr)
        self.assertIn("there is no node 5; the ids are 0", ran.stderr)

    def test_says_who_complains_of_an_option(self):
        for arguments in (["--port", "x"], ["--nonsense"], ["health", "--timeout-ms", "0"]):
            ran = odradek(*arguments)
            self.assertEqual(ran.returncode, 2, ran.stderr)
            self.assertTrue(ran.stderr.startswith("odradek: "), ran.stderr)

    def test_a_failed_start_leaves_no_old_ready_file(self):
        with tempfile.TemporaryDirectory() as folder:
            ready = os.path.join(folder, "ready.json")
            with open(ready, "w") as stale:
                stale.write("stale")
            odradek("--port", "0", "--ready-file", ready, "--node-set", "5:broker.rack=a")
            self.assertFalse(os.path.exists(ready))

    def test_a_refused_start_leaves_the_ready_file_of_the_broker_that_runs(self):
        with tempfile.TemporaryDirectory() as folder:
            ready, data = os.path.join(folder, "ready.json"), os.path.join(folder, "data")
            again = (f"import json, subprocess\nbefore = open({ready!r}).read()\n"
                     "port = str(json.loads(before)['nodes'][0]['port'])\n"
                     f"for taken in (['--data-dir', {data!r}, '--port', '0'], ['--port', port]):\n"
                     f"    print(subprocess.run([{PROGRAM!r}, '--ready-file', {ready!r}, *taken]).returncode)\n"
                     f"print(open({ready!r}).read() == before)")
            ran = execute(again, "--ready-file", ready, "--data-dir", data)
            self.assertEqual((ran.returncode, ran.stdout.split()), (0, ["3", "3", "True"]), ran.stderr)

    def test_a_clean_stop_removes_its_own_ready_file(self):
        with tempfile.TemporaryDirectory() as folder:
            ready = os.path.join(folder, "ready.json")
            ran = execute(f"sys.exit(0 if os.path.exists({ready!r}) else 1)", "--ready-file", ready)
            self.assertEqual((ran.returncode, os.listdir(folder)), (0, []), ran.stderr)
            execute(f"open({ready!r}, 'w').write('of the next broker')", "--ready-file", ready)
            self.assertEqual(os.listdir(folder), ["ready.json"])

    def test_names_the_range_of_ports(self):
        for arguments, least in ((["--port", "99999"], 0), (["--port", "-1"], 0), (["health", "--port", "0"], 1)):
            ran = odradek(*arguments)
            self.assertEqual(ran.returncode, 2, ran.stderr)
            self.assertIn(f"not in range {least} to 65535", ran.stderr)

    def test_a_setting_takes_one_word(self):
        ran = odradek("exec", "--set", "num.partitions=2", "--node-set", "0:broker.rack=a", sys.executable, "-c", "")
        self.assertEqual(ran.returncode, 0, ran.stderr)

    def test_warns_of_a_port_that_another_option_replaces(self):
        ran = execute("sys.exit(1)", "--port", "0", "--set", "listeners=PLAINTEXT://localhost:9092")
        self.assertEqual(ran.stderr.count("port 9092 of listeners is not used: a free one is taken"), 1, ran.stderr)

    def test_warns_of_log_dirs(self):
        ran = execute("sys.exit(1)", "--set", "log.dirs=/a")
        self.assertEqual(ran.stderr.count("log.dirs is not used: data is kept in memory"), 1, ran.stderr)


class Health(unittest.TestCase):
    # Asks the broker around it: prints what health says with these arguments, PORT and SERVER filled in.
    ASK = ("import subprocess\nserver = os.environ['BOOTSTRAP_SERVERS']\nport = server.rsplit(':', 1)[1]\n"
           "line = [a.replace('SERVER', server).replace('PORT', port) for a in {arguments!r}]\n"
           "sys.exit(subprocess.run([{program!r}, *line]).returncode)")

    def ask(self, *arguments):
        return execute(self.ASK.format(arguments=arguments, program=PROGRAM))

    def test_takes_a_port(self):
        for arguments in (["health", "--port", "PORT"], ["--port", "PORT", "health"]):
            ran = self.ask(*arguments)
            self.assertEqual((ran.returncode, ran.stdout), (0, "healthy: 1 broker\n"), ran.stderr)

    def test_one_of_several_addresses_is_enough(self):
        ran = self.ask("health", "--bootstrap", "localhost:1,SERVER,localhost:1")
        self.assertEqual((ran.returncode, ran.stdout), (0, "healthy: 1 broker\n"), ran.stderr)
        self.assertIn("odradek: health: cannot connect to localhost:1", ran.stderr)

    def test_fails_if_nobody_answers(self):
        ran = odradek("health", "--bootstrap", "localhost:1,localhost:2")
        self.assertEqual((ran.returncode, ran.stdout), (1, ""), ran.stderr)
        self.assertIn("localhost:2", ran.stderr)

    def test_says_that_nobody_answered_in_time(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            ran = odradek("health", "--port", str(silent.getsockname()[1]), "--timeout-ms", "10")
        self.assertEqual(ran.returncode, 1, ran.stderr)
        self.assertIn("no answer within the time-out", ran.stderr)

    def test_takes_a_wrong_address_for_a_wrong_option(self):
        for address in ("localhost", "localhost:", "localhost:http", "localhost:0", "localhost:65536"):
            ran = odradek("health", "--bootstrap", address)
            self.assertEqual(ran.returncode, 2, ran.stderr)
            self.assertIn(f"'{address}' is not an address", ran.stderr)

    def test_takes_an_address_or_a_port(self):
        self.assertEqual(odradek("health", "--port", "1", "--bootstrap", "localhost:1").returncode, 2)


class DumpLog(unittest.TestCase):
    def test_dumps_what_a_broker_left(self):
        with tempfile.TemporaryDirectory() as data:
            self.assertEqual(execute("sys.exit(0)", "--data-dir", data).returncode, 0)
            whole = odradek("dump-log", "--json", data)
            self.assertEqual(whole.returncode, 0, whole.stderr)
            kinds = {json.loads(line)["kind"] for line in whole.stdout.splitlines()}
            self.assertEqual(kinds, {"property", "entry", "mark", "metadata"})
            marker = odradek("dump-log", "meta.properties", cwd=data)
            self.assertIn("Dumping meta.properties\nproperty name: cluster.id", marker.stdout)

    def test_decodes_internal_topics_from_wherever_they_are_named(self):
        # The commit of offset 42 of t-3 by the group g.
        batch = bytes.fromhex("00000000000000000000005d0000000002b20b1c330000000000000000018bcfe568000000018bcfe56800ff"
                              "ffffffffffffffffffffffffff00000001560000001800010001670001740000000332000300000000000000"
                              "2affffffff00016d000000000000000700")
        with tempfile.TemporaryDirectory() as folder:
            partition = os.path.join(folder, "__consumer_offsets-3")
            name = "00000000000000000000.log"
            os.mkdir(partition)
            with open(os.path.join(partition, name), "wb") as file:
                file.write(batch)
            for path, cwd in ((partition, "/"), (partition + "/", "/"), (".", partition), ("./", partition),
                              (name, partition), ("./" + name, partition), ("..", partition), (folder, "/"),
                              ("__consumer_offsets-3/", folder), ("__consumer_offsets-3/" + name, folder)):
                with self.subTest(path):
                    dumped = odradek("dump-log", "--records", path, cwd=cwd)
                    self.assertIn('"name":"OffsetCommitKey","data":{"group":"g"', dumped.stdout)
                    self.assertNotIn("//", dumped.stdout)

    def test_a_directory_without_any_file_of_data_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            refused = odradek("dump-log", folder)
            self.assertEqual((refused.returncode, refused.stdout), (3, ""))
            self.assertIn(folder + " holds no file", refused.stderr)

    def test_a_damaged_file_ends_with_status_1(self):
        with tempfile.TemporaryDirectory() as data:
            with open(os.path.join(data, "00000000000000000000.log"), "w") as damaged:
                damaged.write("no batch")
            self.assertEqual(odradek("dump-log", data).returncode, 1)

    def test_refuses_what_it_does_not_know(self):
        self.assertEqual(odradek("dump-log", "--decode", "x", ".").returncode, 2)
        self.assertEqual(odradek("dump-log", os.devnull).returncode, 3)
        self.assertEqual(odradek("dump-log").returncode, 2)
        gone = odradek("dump-log", "/gone/00000000000000000000.log")
        self.assertEqual((gone.returncode, gone.stderr),
                         (3, "odradek: /gone/00000000000000000000.log: there is no such file\n"))


class DataDirectory(unittest.TestCase):
    def test_refuses_partitions_without_the_metadata_that_knows_them(self):
        with tempfile.TemporaryDirectory() as data:
            self.assertEqual(execute("sys.exit(0)", "--data-dir", data).returncode, 0)
            os.makedirs(os.path.join(data, "t", "0"))
            shutil.rmtree(os.path.join(data, "metadata"))
            refused = odradek("--port", "0", "--data-dir", data)
            self.assertEqual(refused.returncode, 3, refused.stderr)
            for words in (f"data directory {data}", "metadata/", "t/0", "backup", "odradek import", "configs"):
                self.assertIn(words, refused.stderr)
            self.assertFalse(os.path.exists(os.path.join(data, "metadata")))
            shutil.rmtree(os.path.join(data, "t"))
            self.assertEqual(execute("sys.exit(0)", "--data-dir", data).returncode, 0)

    def test_one_that_cannot_be_used_ends_the_start_with_status_3(self):
        with tempfile.TemporaryDirectory() as data:
            self.assertEqual(execute("sys.exit(0)", "--data-dir", data).returncode, 0)
            open(os.path.join(data, "meta.properties"), "w").close()
            refused = odradek("--port", "0", "--data-dir", data)
            self.assertEqual(refused.returncode, 3, refused.stderr)

    def test_a_limit_of_file_sizes_is_told_of(self):
        with tempfile.TemporaryDirectory() as data:
            # A thread sanitizer writes a file of its own before main, unless that folder is gone.
            refused = odradek("--port", "0", "--data-dir", data, env={**os.environ, "TMPDIR": "/gone"},
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
            self.assertEqual(refused.returncode, 3, refused.stderr)
            self.assertIn("File too large", refused.stderr)

    def test_one_that_is_not_ours_ends_every_command_with_status_3(self):
        with tempfile.TemporaryDirectory() as foreign:
            with open(os.path.join(foreign, "letter.txt"), "w") as letter:
                letter.write("dear")
            for where in (foreign, os.path.join(foreign, "letter.txt"), os.path.join(foreign, "letter.txt", "gone")):
                for command in (["--port", "0", "--data-dir", where], ["verify", where], ["dump-log", where],
                                ["--data-dir", os.path.join(foreign, "new"), "import", where]):
                    with self.subTest(command):
                        refused = odradek(*command)
                        self.assertEqual(refused.returncode, 3, refused.stderr)
                        self.assertIn(foreign, refused.stderr)

    def test_without_meta_properties_is_refused_with_status_3(self):
        with tempfile.TemporaryDirectory() as data:
            self.assertEqual(execute("sys.exit(0)", "--data-dir", data).returncode, 0)
            os.remove(os.path.join(data, "meta.properties"))
            refused = odradek("--port", "0", "--data-dir", data)
            self.assertEqual(refused.returncode, 3, refused.stderr)
            self.assertIn("'node.id=0'", refused.stderr)

    def test_a_first_start_that_cannot_listen_leaves_no_cluster_behind(self):
        with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as other:
            data, port = os.path.join(folder, "data"), str(other.getsockname()[1])
            refused = odradek("--port", port, "--data-dir", data)
            self.assertEqual(refused.returncode, 3, refused.stderr)
            for words in ("127.0.0.1:" + port, "taken by another process", "take another port"):
                self.assertIn(words, refused.stderr)
            self.assertEqual(os.listdir(data), [".lock"])
            self.assertEqual(execute("sys.exit(0)", "--data-dir", data).returncode, 0)
            before = sorted(glob.glob(os.path.join(data, "**"), recursive=True))
            self.assertEqual(odradek("--port", port, "--data-dir", data).returncode, 3)
            self.assertEqual(sorted(glob.glob(os.path.join(data, "**"), recursive=True)), before)

    def test_one_that_is_served_is_refused_with_what_to_do(self):
        with tempfile.TemporaryDirectory() as data:
            ran = execute(f"import subprocess\n"
                          f"line = [{PROGRAM!r}, '--port', '0', '--data-dir', {data!r}]\n"
                          "refused = subprocess.run(line, capture_output=True, text=True)\n"
                          "print(refused.stderr)\nsys.exit(refused.returncode)", "--data-dir", data)
            self.assertEqual(ran.returncode, 3, ran.stderr)
            for words in (data, "held by process", "stop it first"):
                self.assertIn(words, ran.stdout)

    def test_import_says_what_it_needs(self):
        self.assertIn("--data-dir", odradek("import", "--help").stdout)

    def test_segments_leave_descriptors_to_connections(self):
        script = """
import struct
host, port = os.environ["BOOTSTRAP_SERVERS"].rsplit(":", 1)
def connect(): return socket.create_connection((host, int(port)), 60)
def call(connection, key, version, body):
    frame = struct.pack(">hhih", key, version, 1, -1) + body
    connection.sendall(struct.pack(">i", len(frame)) + frame)
    answer = b""
    while len(answer) < 4 or len(answer) < 4 + struct.unpack(">i", answer[:4])[0]:
        part = connection.recv(65536)
        assert part, "closed"
        answer += part
    return answer[8:]
topic = struct.pack(">ih", 1, 1) + b"t"
batch = bytes.fromhex("000000000000000000000039ffffffff02d3f2ac750000000000000000018bcfe568000000018bcfe568"
                      "00ffffffffffffffffffffffffffff000000010e00000001027600")
first = connect()
call(first, 3, 4, topic + b"\\1")
for partition in range(100):
    body = struct.pack(">hhi", -1, -1, 10000) + topic + struct.pack(">iii", 1, partition, len(batch)) + batch
    answer = call(first, 0, 7, body)
    assert struct.unpack_from(">h", answer, 15)[0] == 0, (partition, answer)
others = [connect() for _ in range(10)]
for other in others: call(other, 18, 0, b"")
"""
        with tempfile.TemporaryDirectory() as data:
            ran = execute(script, "--data-dir", data, "--set", "num.partitions=100",
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
            self.assertEqual(ran.returncode, 0, ran.stderr)

    def test_a_cluster_id_that_was_told_survives_a_kill(self):
        with tempfile.TemporaryDirectory() as folder:
            data, ready = os.path.join(folder, "data"), os.path.join(folder, "ready.json")
            told = []
            for _ in range(2):
                ran = execute("os.kill(broker, signal.SIGKILL)", "--data-dir", data, "--ready-file", ready)
                self.assertEqual(ran.returncode, -signal.SIGKILL, ran.stderr)
                with open(ready, encoding="utf-8") as file:
                    told.append(json.load(file)["cluster_id"])
            self.assertEqual(told[0], told[1])


    # What it tells if `numbers` are sent once it serves, and when it has begun to stop.
    def told_with_signals(self, *numbers, **more):
        with tempfile.TemporaryDirectory() as data:
            broker = subprocess.Popen([PROGRAM, "--port", "0", "--data-dir", data],
                                      stderr=subprocess.PIPE, text=True, **more)
            with broker:
                told = []
                for line in broker.stderr:
                    told.append(line)
                    if " serves " in line or " stopping on " in line:
                        for number in numbers:
                            broker.send_signal(number)
        self.assertEqual(broker.returncode, 0, told)
        self.assertIn("is closed cleanly", told[-1])
        return told

    def test_a_second_signal_does_not_break_off_the_stop(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(number):
                self.told_with_signals(number)

    def test_a_hang_up_that_is_ignored_stops_nothing(self):
        told = self.told_with_signals(signal.SIGHUP, signal.SIGTERM,
                                      preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.assertEqual({line.split()[-1] for line in told if " stopping on " in line}, {"15"})

    def test_a_start_tells_how_the_last_run_ended(self):
        with tempfile.TemporaryDirectory() as data:
            def run(script):
                return execute(script, "--data-dir", data, "--log-level", "info").stderr
            unclean, clean = f"the last run on {data} was not stopped cleanly", f"{data} is closed cleanly"
            first = run("sys.exit(7)")
            self.assertNotIn(unclean, first)
            self.assertIn(clean, first)
            killed = run("os.kill(broker, signal.SIGKILL)")
            self.assertNotIn(unclean, killed)
            self.assertNotIn(clean, killed)
            self.assertEqual(odradek("verify", data).returncode, 0)
            refused = odradek("--port", "0", "--data-dir", data, "--set", "listeners=x")
            self.assertEqual(refused.returncode, 2, refused.stderr)
            self.assertIn(unclean, run("sys.exit(7)"))
            self.assertNotIn(unclean, run("sys.exit(7)"))

    def test_a_start_warns_of_reports_of_damage(self):
        with tempfile.TemporaryDirectory() as data:
            def run():
                return execute("sys.exit(7)", "--data-dir", data, "--log-level", "warn").stderr
            self.assertEqual(run(), "")
            reports = os.path.join(data, "@damage-reports.jsonl")
            for lines, words in ((0, None), (1, "1 report of"), (2, "2 reports of")):
                with open(reports, "w", encoding="utf-8") as file:
                    file.write("{}\n" * lines)
                told = run()
                if not words:
                    self.assertEqual(told, "")
                    continue
                for expected in (reports, words, f"odradek verify {data}"):
                    self.assertIn(expected, told)
                self.assertEqual(told.count("\n"), 1)


class Verify(unittest.TestCase):
    def test_tells_clean_harmless_and_damaged_by_its_status(self):
        with tempfile.TemporaryDirectory() as data:
            self.assertEqual(execute("sys.exit(0)", "--data-dir", data).returncode, 0)
            clean = odradek("verify", data)
            self.assertEqual(clean.returncode, 0, clean.stdout + clean.stderr)
            os.makedirs(os.path.join(data, "import~", "t"))
            harmless = odradek("verify", "--json", data)
            self.assertEqual(harmless.returncode, 4, harmless.stdout)
            rows = [json.loads(line) for line in harmless.stdout.splitlines()]
            self.assertEqual([row["kind"] for row in rows], ["harmless", "total"])
            (journal,) = glob.glob(os.path.join(data, "metadata", "*.journal"))
            with open(journal, "r+b") as file:
                file.write(b"not a journal")
            damaged = odradek("verify", data)
            self.assertEqual(damaged.returncode, 1, damaged.stdout)

    def test_changes_nothing(self):
        with tempfile.TemporaryDirectory() as data:
            self.assertEqual(execute("sys.exit(0)", "--data-dir", data).returncode, 0)
            lock = os.path.join(data, ".lock")
            with open(lock, "w") as file:
                file.write("4711\n")  # its broker was killed

            def state():
                paths = [data, *glob.glob(os.path.join(data, "**"), recursive=True), lock]
                return [(path, os.stat(path).st_ctime_ns) for path in paths if os.path.exists(path)]
            for _ in range(2):
                before = state()
                self.assertEqual(odradek("verify", data).returncode, 0)
                self.assertEqual(state(), before)
                if os.path.exists(lock):
                    os.remove(lock)
            self.assertFalse(os.path.exists(lock))

    def test_names_the_directory_that_is_missing_or_none(self):
        with tempfile.TemporaryDirectory() as data:
            missing = os.path.join(data, "nope")
            verified = odradek("verify", missing)
            self.assertEqual(verified.returncode, 3, verified.stderr)
            self.assertIn(missing, verified.stderr)
            self.assertFalse(os.path.exists(missing))
            other = odradek("verify", data)
            self.assertEqual(other.returncode, 3, other.stdout)
            self.assertIn(data + ": this is no data directory", other.stderr)
        for command in ("verify", "--data-dir"):
            unnamed = odradek(command, "")
            self.assertEqual(unnamed.returncode, 2, unnamed.stderr)
            self.assertIn("empty", unnamed.stderr)

    def test_refuses_a_directory_that_is_served(self):
        with tempfile.TemporaryDirectory() as data:
            ran = execute(f"import subprocess\nsys.exit(subprocess.run([{PROGRAM!r}, 'verify', {data!r}]).returncode)",
                          "--data-dir", data)
            self.assertEqual(ran.returncode, 3, ran.stderr)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    program = unittest.main(exit=False)
    if not program.result.wasSuccessful():
        sys.exit(1)
    print(f"[  PASSED  ] {program.result.testsRun} tests.")  # for who counts the tests of all programs
