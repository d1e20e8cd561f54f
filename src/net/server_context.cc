#include "net/server_context.h"

namespace odradek::net {

std::string_view ConnectionQuota::Admit(const std::string& peer_host) {
  MutexLock lock(mutex_);
  if (open_ >= limits_.connections_max) return "max.connections";
  if (open_ >= limits_.connections_by_descriptors_max) return "of open files (ulimit -n)";
  int64_t& from_here = per_ip_[peer_host];
  if (from_here >= limits_.connections_per_ip_max) return "max.connections.per.ip";
  ++from_here;
  ++open_;
  return {};
}

void ConnectionQuota::Release(const std::string& peer_host) {
  MutexLock lock(mutex_);
  --open_;
  const auto found = per_ip_.find(peer_host);
  if (found != per_ip_.end() && --found->second == 0) per_ip_.erase(found);
}

int64_t ConnectionQuota::open() {
  MutexLock lock(mutex_);
  return open_;
}

void ServerContext::LogClosed(const wire::ConnectionInfo& connection, std::string_view why,
                              Millis now_ms) {
  int64_t suppressed = 0;
  if (!log_limiter.Allow(now_ms, &suppressed)) return;
  const std::string more =
      suppressed == 0 ? std::string() : " (and " + std::to_string(suppressed) + " more)";
  LOG_WARN("closed the connection from {}:{} to listener {} of node {}: {}{}", connection.peer_host,
           connection.peer_port, connection.listener, connection.node_id, why, more);
}

}  // namespace odradek::net
