// What the cases work on: the brokers to compare, each a process, and the places where bare loops
// keep their files.
//
// Owner: main. Thread: the load's.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/env/file.h"
#include "base/result.h"
#include "tests/bench/broker_process.h"
#include "tests/bench/remote.h"
#include "tests/bench/stats/results.h"

namespace odradek::bench {

struct Contender {
  BrokerCommand command;
  std::string directory;
  std::unique_ptr<BrokerProcess> process;  // null while it does not run
  std::unique_ptr<Remote> remote;

  const std::string& name() const { return command.name; }
  bool is_ours() const { return name().starts_with("odradek"); }
  bool is_on_disk() const { return command.Has("{data}"); }
  // One that runs already is given its core again. `from_scratch` removes what an earlier one left
  // in its directory.
  Status Start(bool from_scratch);
  // Produces `batch`, of so many records, into the empty partition 0 of `topic`.
  Status Fill(const Topic& topic, std::string_view batch, int records, int64_t batches);
  // Leaves its core to others until the next Start.
  void Rest();
  void Stop();
};

struct Setup {
  std::vector<Contender> contenders;
  std::unique_ptr<Files> memory;  // of the bare loops
  std::unique_ptr<Files> disk;    // --data
  std::string directory;          // --data
  std::string programs;           // the directory of this program
  int rounds = 7;

  Files& FilesFor(bool on_disk) { return on_disk ? *disk : *memory; }
  bool HasContender(bool on_disk) const;
};

// Names of rows and of their bare partners.
std::string BareName(bool on_disk);
std::string BarePartner(const Setup& setup, const std::string& who);

// How the names of rows begin that others are measured by.
inline constexpr std::string_view kKafka = "Apache Kafka";
inline constexpr std::string_view kMock = "librdkafka mock";
// The figure as a share of that of `peer`, as "FIGURE of PEER"; nothing if the peer does not take
// part.
void AddRatiosToPeer(const Setup& setup, std::string_view peer, std::string_view figure,
                     CaseResult* result);

// `measure(contender, row)` for each that has not failed, each round beginning with another: what
// one leaves behind, such as pages that need not be had from the host, serves the next. Round 0 is
// to warm up: its figures do not count. Whoever fails is stopped, keeps the reason in its row and
// is left out from then on.
template <class Measure>
void ForEachStopped(Setup& setup, CaseResult* result, int round, Measure measure) {
  for (const Contender& contender : setup.contenders) result->RowOf(contender.name());
  const size_t count = setup.contenders.size();
  for (size_t turn = 0; turn < count; ++turn) {
    Contender& contender = setup.contenders[(turn + static_cast<size_t>(round)) % count];
    if (!result->RowOf(contender.name()).failure.empty()) continue;
    const Status status = measure(contender, &result->RowIn(round, contender.name()));
    if (status.ok()) continue;
    result->RowOf(contender.name()).failure = status.message();
    contender.Stop();
  }
}

// The same with a broker that runs, while all others rest; the first to need one starts it.
template <class Measure>
void ForEachContender(Setup& setup, CaseResult* result, int round, Measure measure) {
  ForEachStopped(setup, result, round, [&](Contender& contender, Row* row) -> Status {
    RETURN_IF_ERROR(contender.Start(true));
    RETURN_IF_ERROR(measure(contender, row));
    contender.Rest();
    return {};
  });
}

}  // namespace odradek::bench
