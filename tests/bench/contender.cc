#include "tests/bench/contender.h"

#include <poll.h>
#include <sys/stat.h>

#include <csignal>

#include "base/check.h"

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

}  // namespace odradek::bench
