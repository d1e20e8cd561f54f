#include "net/server.h"

#include <utility>

#include "runtime/signals.h"

namespace odradek::net {

Server::Server(runtime::LoopGroup& loops, wire::FrameSink& sink, const NetLimits& limits)
    : loops_(loops), context_(sink, limits) {
  runtime::IgnoreSignalsOfWrites();
  for (size_t i = 0; i < loops_.size(); ++i) {
    tables_.push_back(std::make_unique<ConnectionTable>(loops_.at(i), context_));
  }
}

Server::~Server() {
  listeners_.clear();
  for (auto& table : tables_) table->Shutdown();
  // Sockets that were accepted but not placed are closed with the tasks that carry them.
  for (size_t i = 0; i < loops_.size(); ++i) loops_.at(i).Drain();
}

Result<uint16_t> Server::Listen(const ListenerOptions& options) {
  ASSIGN_OR_RETURN(BoundSockets sockets,
                   BindAll(options.host, options.port, context_.limits.sockets));
  listeners_.push_back(
      std::make_unique<Listener>(loops_.at(0), context_, options, std::move(sockets),
                                 [this](UniqueFd socket, wire::ConnectionInfo info) {
                                   Place(std::move(socket), std::move(info));
                                 }));
  return listeners_.back()->port();
}

void Server::Place(UniqueFd socket, wire::ConnectionInfo info) {
  const size_t index = next_loop_++ % tables_.size();
  ConnectionTable* table = tables_[index].get();
  if (index == 0) return table->Adopt(std::move(socket), std::move(info));
  loops_.at(index).Post([table, socket = std::move(socket), info = std::move(info)]() mutable {
    table->Adopt(std::move(socket), std::move(info));
  });
}

}  // namespace odradek::net
