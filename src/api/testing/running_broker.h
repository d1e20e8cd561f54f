// A whole broker inside a test: a cluster over memory files, or the test's own, served on an
// ephemeral port by loops on threads of their own. Several can live in one process.
//
// Owner: the test. Thread: the test's, save what says otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "api/dispatcher.h"
#include "base/env/env.h"
#include "broker/cluster.h"
#include "config/server_config.h"
#include "net/server.h"
#include "runtime/loop_group.h"
#include "runtime/loop_workers.h"
#include "runtime/worker_pool.h"
#include "storage/local/local_store.h"

namespace odradek::api {

struct RunningBrokerOptions {
  int loops = 1;
  int nodes = 1;         // ids from 1
  bool racks = false;    // node 1 in "rack1", node 2 in "rack2"
  int hidden_nodes = 0;  // how many of them, the last ones, no client can reach
  fault::ExchangeHook* hook = nullptr;
  net::NetLimits limits = {};
  std::vector<std::string> settings = {};  // "name=value"
  std::shared_ptr<Files> files = {};       // the test may look at them; null: memory files
  storage::StoreOptions store = {};
  // Makes what stands between the broker and its workers.
  std::function<std::unique_ptr<Workers>(Workers& own)> workers = {};
};

class RunningBroker {
 public:
  explicit RunningBroker(const RunningBrokerOptions& options = {});
  ~RunningBroker();
  RunningBroker(const RunningBroker&) = delete;
  RunningBroker& operator=(const RunningBroker&) = delete;

  // 0 for a hidden node.
  uint16_t port(size_t node = 0) const { return ports_[node]; }
  broker::Cluster& cluster() { return *cluster_; }
  net::Server& net() { return *net_; }

 private:
  SystemClock clock_;
  SystemRandom random_;
  config::ServerConfig config_;
  const std::shared_ptr<Files> files_;
  std::unique_ptr<runtime::LoopGroup> loops_;
  std::unique_ptr<runtime::LoopWorkers> workers_;
  std::unique_ptr<Workers> workers_between_;
  runtime::WorkerPool worker_pool_;  // its last tasks may post
  std::unique_ptr<broker::Cluster> cluster_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<net::Server> net_;
  std::vector<uint16_t> ports_;
  std::thread thread_;
};

}  // namespace odradek::api
