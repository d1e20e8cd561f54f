// What all connections of a server share.
//
// Owner: Server; outlives every connection. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/log.h"
#include "base/mutex.h"
#include "net/memory_budget.h"
#include "net/net_limits.h"
#include "protocol/wire/frame_sink.h"

namespace odradek::net {

// Counts connections in all and per address.
class ConnectionQuota {
 public:
  explicit ConnectionQuota(const NetLimits& limits) : limits_(limits) {}
  // Empty if the connection may be served, else the name of the limit; each success is undone by
  // one Release.
  std::string_view Admit(const std::string& peer_host);
  void Release(const std::string& peer_host);
  int64_t open();

 private:
  const NetLimits& limits_;
  Mutex mutex_;
  int64_t open_ GUARDED_BY(mutex_) = 0;
  std::unordered_map<std::string, int64_t> per_ip_ GUARDED_BY(mutex_);
};

struct ServerContext {
  ServerContext(wire::FrameSink& frame_sink, const NetLimits& net_limits)
      : sink(frame_sink),
        limits(net_limits),
        budget(Ref<MemoryBudget>::Adopt(new MemoryBudget(net_limits.request_bytes_max))),
        quota(limits) {}

  // One line about a connection that is closed for what it did; floods are cut to a few a second.
  void LogClosed(const wire::ConnectionInfo& connection, std::string_view why, Millis now_ms);

  wire::FrameSink& sink;
  const NetLimits limits;
  const Ref<MemoryBudget> budget;
  ConnectionQuota quota;
  std::atomic<uint64_t> last_connection_id{0};
  log::Limiter log_limiter;
};

}  // namespace odradek::net
