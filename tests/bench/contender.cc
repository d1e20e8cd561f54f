#include "tests/bench/contender.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>

#include <csignal>

#include "base/check.h"
#include "tests/bench/load.h"

namespace odradek::bench {
namespace {

constexpr int kStartTimeoutMs = 120'000;
constexpr int kStopTimeoutMs = 30'000;
// For what became due while it rested, such as files to delete.
constexpr int kSettleMs = 100;

}  // namespace

Status Contender::Start(bool from_scratch) {
  if (process != nullptr) {
    process->Resume();
    ::poll(nullptr, 0, kSettleMs);
    return {};
  }
  const std::unique_ptr<Files> files = MakePosixFiles(directory);
  if (from_scratch) CHECK(files->RemoveTree("").ok());
  CHECK(files->MakeDirs("").ok());
  process = BrokerProcess::Start(command, directory);
  RETURN_IF_ERROR(process->WaitUntilListening(kStartTimeoutMs));
  Result<std::unique_ptr<Remote>> connected = Remote::Connect(process->port());
  if (!connected.ok()) return connected.status();
  remote = std::move(*connected);
  return {};
}

Status Contender::Fill(const Topic& topic, std::string_view batch, int records, int64_t batches) {
  const std::vector<std::string> produce = {ProduceFrame(topic, batch, 1)};
  const Result<LoadResult> filled =
      RunLoad(process->port(), {.frames = produce, .requests = batches, .window = 4});
  if (!filled.ok()) return filled.status();
  return remote->AwaitEnd(topic, batches * records);
}

void Contender::Rest() { process->Pause(); }

void Contender::Stop() {
  remote.reset();
  if (process != nullptr) process->End(SIGTERM, kStopTimeoutMs);
  process.reset();
}

bool Setup::HasContender(bool on_disk) const {
  for (const Contender& contender : contenders) {
    if (contender.is_on_disk() == on_disk) return true;
  }
  return false;
}

std::string BareName(bool on_disk) { return on_disk ? "bare loop, disk" : "bare loop, memory"; }

std::string BarePartner(const Setup& setup, const std::string& who) {
  for (const Contender& contender : setup.contenders) {
    if (contender.name() == who) return BareName(contender.is_on_disk());
  }
  return {};
}

void AddRatiosToPeer(const Setup& setup, std::string_view peer, std::string_view figure,
                     CaseResult* result) {
  for (const Contender& contender : setup.contenders) {
    if (!contender.name().starts_with(peer)) continue;
    AddRatios(result, figure, fmt::format("{} of {}", figure, peer), false,
              [&](const std::string&) { return contender.name(); });
  }
}

}  // namespace odradek::bench
