#include "api/testing/running_broker.h"

#include <string>
#include <utility>

#include "base/check.h"

namespace odradek::api {
namespace {

config::ServerConfig ConfigOf(const std::vector<std::string>& settings) {
  config::ServerConfig::Builder builder;
  for (const std::string& setting : settings) CHECK(builder.Set(setting).ok());
  return builder.Build().value();
}

std::vector<broker::Node> NodesOf(const RunningBrokerOptions& options) {
  std::vector<broker::Node> nodes;
  for (int id = 1; id <= options.nodes; ++id) {
    std::vector<broker::NodeListener> listeners;
    if (id <= options.nodes - options.hidden_nodes) {
      listeners.push_back({.name = "PLAINTEXT", .bind_host = "localhost"});
    }
    const std::string rack = options.racks ? "rack" + std::to_string(id) : "";
    nodes.emplace_back(id, rack, std::move(listeners));
  }
  return nodes;
}

}  // namespace

RunningBroker::RunningBroker(const RunningBrokerOptions& options)
    : config_(ConfigOf(options.settings)),
      files_(options.files != nullptr ? options.files : MakeMemoryFiles()),
      loops_(std::make_unique<runtime::LoopGroup>(options.loops, clock_)),
      workers_(std::make_unique<runtime::LoopWorkers>(*loops_, worker_pool_)) {
  if (options.workers) workers_between_ = options.workers(*workers_);
  const Env env = {.clock = &clock_,
                   .random = &random_,
                   .files = files_.get(),
                   .scheduler = &loops_->at(0),
                   .workers = workers_between_ ? workers_between_.get() : workers_.get()};
  broker::Cluster::Options cluster_options;
  cluster_options.nodes = NodesOf(options);
  cluster_options.store = storage::MakeLocalStore(env, options.store);
  cluster_ = broker::Cluster::Open(env, config_, std::move(cluster_options)).value();
  dispatcher_ = std::make_unique<Dispatcher>(*cluster_, options.hook);
  net_ = std::make_unique<net::Server>(*loops_, *dispatcher_, options.limits);
  for (broker::Node& node : cluster_->nodes()) {
    if (node.listeners().empty()) {
      ports_.push_back(0);
      continue;
    }
    const net::ListenerOptions listener = {.node_id = node.id(), .host = "localhost"};
    ports_.push_back(net_->Listen(listener).value());
    node.SetBoundPort(0, ports_.back());
  }
  thread_ = std::thread([this] { loops_->Run(); });
}

RunningBroker::~RunningBroker() {
  loops_->Stop();
  thread_.join();
  for (size_t i = 0; i < loops_->size(); ++i) loops_->at(i).BindToThisThread();
  net_.reset();
}

}  // namespace odradek::api
