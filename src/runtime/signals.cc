#include "runtime/signals.h"

#include <csignal>
#include <utility>

#include "base/check.h"

namespace odradek::runtime {

struct SignalWatcher::State {
  UniqueFunction<void(int)> on_signal;
  std::vector<uv_signal_t*> handles;
};

SignalWatcher::SignalWatcher(Loop& loop, const std::vector<int>& signals,
                             UniqueFunction<void(int)> on_signal)
    : state_(std::make_unique<State>()) {
  state_->on_signal = std::move(on_signal);
  for (const int number : signals) {
    auto* handle = new uv_signal_t();
    CHECK_EQ(uv_signal_init(loop.uv(), handle), 0);
    handle->data = state_.get();
    const auto on_event = [](uv_signal_t* h, int which) {
      static_cast<State*>(h->data)->on_signal(which);
    };
    CHECK_EQ(uv_signal_start(handle, on_event, number), 0);
    state_->handles.push_back(handle);
  }
}

SignalWatcher::~SignalWatcher() {
  for (uv_signal_t* handle : state_->handles) {
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* h) { delete reinterpret_cast<uv_signal_t*>(h); });
  }
}

std::vector<int> StopSignals() {
  std::vector<int> signals = {SIGINT, SIGTERM};
  struct sigaction hang_up {};
  if (sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN)
    signals.push_back(SIGHUP);
  return signals;
}

void IgnoreSignalsOfWrites() {
  for (const int number : {SIGPIPE, SIGXFSZ}) std::signal(number, SIG_IGN);
}

}  // namespace odradek::runtime
