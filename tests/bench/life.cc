// From the start of a process to its end: first record, memory, idling, what connections and
// partitions cost, and starting again.
#include <fmt/format.h>
#include <poll.h>

#include <csignal>
#include <utility>

#include "base/check.h"
#include "tests/bench/cases.h"
#include "tests/bench/cores.h"
#include "tests/bench/load.h"
#include "tests/bench/request_frames.h"
#include "tests/bench/sockets.h"

namespace odradek::bench {
namespace {

constexpr int kStartTimeoutMs = 60'000;
constexpr int kStopTimeoutMs = 30'000;
constexpr size_t kValueBytes = 100;
constexpr int kIdleMs = 5000;
constexpr int kIdleConnections = 10'000;
constexpr int kConnectsAtOnce = 25;
constexpr int32_t kPartitionsPerTopic = 1000;
constexpr int64_t kGiB = int64_t{1} << 30;
// Beyond this others take minutes, or give up.
constexpr int32_t kPartitionsOfPeersMax = 10'000;
constexpr int64_t kRestartBytesOfPeersMax = kGiB;
constexpr const char* kNotAsked = "not asked for as much";

double MsSince(double start) { return (NowSeconds() - start) * 1000; }

Status ProduceAndFetch(Contender& contender, const Topic& topic) {
  const uint16_t port = contender.process->port();
  const std::vector<std::string> produce = {ProduceFrame(topic, MakeBatch(1, kValueBytes), -1)};
  const Result<LoadResult> produced = RunLoad(port, {.frames = produce, .requests = 1});
  if (!produced.ok()) return produced.status();
  const std::vector<std::string> fetch = {FetchFrame(topic, {.max_wait_ms = kStartTimeoutMs})};
  const Result<LoadResult> fetched = RunLoad(port, {.frames = fetch, .requests = 1});
  if (!fetched.ok()) return fetched.status();
  if (fetched->answer_bytes < static_cast<int64_t>(kValueBytes))
    return Corrupt("the record did not come back");
  return {};
}

// All in a line, as a test that starts a broker would wait for it.
void StartUp(Setup& setup, CaseResult* result) {
  for (Contender& contender : setup.contenders) contender.Stop();
  for (int round = 0; round <= setup.rounds; ++round) {
    ForEachStopped(setup, result, round, [&](Contender& contender, Row* row) -> Status {
      const std::unique_ptr<Files> files = MakePosixFiles(contender.directory);
      CHECK(files->RemoveTree("").ok());
      CHECK(files->MakeDirs("").ok());
      const double start = NowSeconds();
      contender.process = BrokerProcess::Start(contender.command, contender.directory);
      RETURN_IF_ERROR(contender.process->WaitUntilListening(kStartTimeoutMs));
      const double listening_ms = MsSince(start);
      auto connected = Remote::Connect(contender.process->port());
      if (!connected.ok()) return connected.status();
      contender.remote = std::move(*connected);
      const double versions_ms = MsSince(start);
      const Result<Topic> topic = contender.remote->CreateTopic("first");
      if (!topic.ok()) return topic.status();
      RETURN_IF_ERROR(ProduceAndFetch(contender, *topic));
      const double record_ms = MsSince(start);
      const ProcessStatus status = contender.process->StatusNow();
      const double stopping = NowSeconds();
      contender.remote.reset();
      contender.process->End(SIGTERM, kStopTimeoutMs);
      contender.process.reset();
      row->Add("listening ms", listening_ms);
      row->Add("versions ms", versions_ms);
      row->Add("first record ms", record_ms);
      row->Add("resident MiB", status.resident_mib);
      row->Add("stopped ms", MsSince(stopping));
      return {};
    });
  }
}

// What a broker does while nobody asks anything, in kIdleMs.
void AddIdle(Contender& contender, Row* row) {
  ::poll(nullptr, 0, 200);  // what followed the last request is over
  const ProcessStatus before = contender.process->StatusNow();
  const double cpu = contender.process->CpuSeconds();
  ::poll(nullptr, 0, kIdleMs);
  const ProcessStatus after = contender.process->StatusNow();
  row->Add("resident MiB", after.resident_mib);
  row->Add("peak MiB", after.resident_peak_mib);
  row->Add("CPU ms/min", (contender.process->CpuSeconds() - cpu) * 1000 * 60'000 / kIdleMs);
  row->Add(
      "wake-ups/min",
      static_cast<double>(after.voluntary_switches - before.voluntary_switches) * 60'000 / kIdleMs);
}

void Idle(Setup& setup, CaseResult* result) {
  for (Contender& contender : setup.contenders) contender.Stop();
  ForEachStopped(setup, result, 1, [&](Contender& contender, Row* row) -> Status {
    RETURN_IF_ERROR(contender.Start(true));
    const Result<Topic> topic = contender.remote->CreateTopic("idle");
    if (!topic.ok()) return topic.status();
    RETURN_IF_ERROR(ProduceAndFetch(contender, *topic));
    AddIdle(contender, row);
    contender.Stop();
    return {};
  });
}

void Connections(Setup& setup, CaseResult* result) {
  for (Contender& contender : setup.contenders) contender.Stop();
  ForEachStopped(setup, result, 1, [&](Contender& contender, Row* row) -> Status {
    RETURN_IF_ERROR(contender.Start(true));
    const double before_mib = contender.process->StatusNow().resident_mib;
    std::vector<net::UniqueFd> sockets;
    const Result<Topic> topic = contender.remote->CreateTopic("connections");
    if (!topic.ok()) return topic.status();
    const double connecting = NowSeconds();
    for (int i = 0; i < kIdleConnections; ++i) {
      sockets.push_back(TryConnect(contender.process->port()));
      if (!sockets.back()) return Retriable(fmt::format("connection {} was refused", i));
      // More than its backlog takes would be left to TCP's timers: it has accepted all when it
      // answers.
      if (i % kConnectsAtOnce == 0 && !contender.remote->EndOffset(*topic).ok())
        return Retriable("no answer any more");
    }
    row->Add("connecting ms", MsSince(connecting));
    AddIdle(contender, row);
    row->Add("bytes/connection", (contender.process->StatusNow().resident_mib - before_mib) * 1024 *
                                     1024 / kIdleConnections);
    sockets.clear();
    contender.Stop();
    return {};
  });
}

Status CreatePartitions(Contender& contender, int32_t count) {
  for (int32_t i = 0; i < count / kPartitionsPerTopic; ++i) {
    const auto topic =
        contender.remote->CreateTopic(fmt::format("partitions-{}", i), kPartitionsPerTopic);
    if (!topic.ok()) return topic.status();
  }
  return {};
}

// Starts it again where it was, and fetches the first record of `topic`.
Status StartAgain(Contender& contender, const Topic& topic, std::string_view how, Row* row) {
  const double start = NowSeconds();
  RETURN_IF_ERROR(contender.Start(false));
  row->Add(fmt::format("{}: versions ms", how), MsSince(start));
  const std::vector<std::string> fetch = {FetchFrame(topic, {.max_wait_ms = kStartTimeoutMs})};
  for (;;) {
    const Result<LoadResult> fetched =
        RunLoad(contender.process->port(), {.frames = fetch, .requests = 1});
    if (!fetched.ok()) return fetched.status();
    if (fetched->answer_bytes > static_cast<int64_t>(kValueBytes)) break;
    if (MsSince(start) > kStartTimeoutMs) return Retriable("the first record did not come back");
  }
  row->Add(fmt::format("{}: first record ms", how), MsSince(start));
  return {};
}

Status StopCleanAndKill(Contender& contender, const Topic& topic, Row* row) {
  contender.Stop();
  RETURN_IF_ERROR(StartAgain(contender, topic, "clean", row));
  contender.remote.reset();
  contender.process->End(SIGKILL, kStopTimeoutMs);
  contender.process.reset();
  RETURN_IF_ERROR(StartAgain(contender, topic, "killed", row));
  contender.Stop();
  return {};
}

template <int32_t kPartitions>
void Partitions(Setup& setup, CaseResult* result) {
  for (Contender& contender : setup.contenders) contender.Stop();
  ForEachStopped(setup, result, 1, [&](Contender& contender, Row* row) -> Status {
    if (kPartitions > kPartitionsOfPeersMax && !contender.is_ours()) return NotFound(kNotAsked);
    RETURN_IF_ERROR(contender.Start(true));
    const Result<Topic> topic = contender.remote->CreateTopic("first");
    if (!topic.ok()) return topic.status();
    RETURN_IF_ERROR(ProduceAndFetch(contender, *topic));
    const double before_mib = contender.process->StatusNow().resident_mib;
    const double creating = NowSeconds();
    RETURN_IF_ERROR(CreatePartitions(contender, kPartitions));
    row->Add("creating ms", MsSince(creating));
    const double used_mib = contender.process->StatusNow().resident_mib - before_mib;
    row->Add("MiB", used_mib);
    row->Add("bytes/partition", used_mib * 1024 * 1024 / kPartitions);
    if (contender.is_on_disk()) RETURN_IF_ERROR(StopCleanAndKill(contender, *topic, row));
    contender.Stop();
    return {};
  });
}

template <int64_t kBytes>
void Restart(Setup& setup, CaseResult* result) {
  for (Contender& contender : setup.contenders) contender.Stop();
  int records = 0;
  const std::string batch = BatchWithin(1 << 20, &records);
  ForEachStopped(setup, result, 1, [&](Contender& contender, Row* row) -> Status {
    if (!contender.is_on_disk()) return NotFound("keeps nothing on disk");
    if (kBytes > kRestartBytesOfPeersMax && !contender.is_ours()) return NotFound(kNotAsked);
    RETURN_IF_ERROR(contender.Start(true));
    const Result<Topic> topic = contender.remote->CreateTopic("restart");
    if (!topic.ok()) return topic.status();
    RETURN_IF_ERROR(
        contender.Fill(*topic, batch, records, kBytes / static_cast<int64_t>(batch.size())));
    return StopCleanAndKill(contender, *topic, row);
  });
}

constexpr Case kCases[] = {
    {"start", "from exec to listening, to ApiVersions, to the first record fetched", StartUp},
    {"idle", "5 seconds without a request, after the first record", Idle},
    {"connections", "10,000 connections, idle for 5 seconds", Connections},
    {"partitions", "10,000 partitions in 10 topics; then stopped or killed, and started again",
     Partitions<10'000>},
    {"partitions-100k",
     "100,000 partitions in 100 topics; then stopped or killed, and started again",
     Partitions<100'000>},
    {"restart", "1 GiB in one partition; stopped or killed, and started again", Restart<kGiB>},
    {"restart-10g", "10 GiB in one partition; stopped or killed, and started again",
     Restart<10 * kGiB>},
};

}  // namespace

std::span<const Case> LifeCases() { return kCases; }

}  // namespace odradek::bench
