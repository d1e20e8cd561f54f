// The frames of one loop of which a part is received, the oldest first.
//
// A frame may take its time while nobody waits for the request memory it holds. While somebody
// does, it gets `slow_ms` from its first byte. One that waits for memory itself is spared for twice
// that, since it is not its client who is slow; whoever is late when he gets it has to be quick.
// The time is never begun anew: memory that comes free would give each of many stalled clients a
// turn.
//
// Owner: ConnectionTable; of a frame: its connection. Thread: the loop's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "net/time_list.h"

namespace odradek::net {

class Connection;

struct PartialFrame {
  explicit PartialFrame(Connection* of) : connection(of) {}
  // Whole frames go before all partial ones: they need least and give it back soonest.
  Millis since_ms() const { return by_age.linked ? by_age.at_ms : 0; }

  Connection* const connection;
  bool waits_for_memory = false;
  TimeListNode<PartialFrame> by_age{this};
};

class PartialFrames {
 public:
  // How often late frames are looked at again, while others wait for memory and while nobody does.
  static constexpr Millis kCheckMs = 250;
  static constexpr Millis kQuietCheckMs = 10'000;

  void Begin(PartialFrame& frame, Millis now_ms) {
    if (!frame.by_age.linked) frames_.Touch(frame.by_age, now_ms);
  }
  void End(PartialFrame& frame) { frames_.Remove(frame.by_age); }

  // Those to close if others wait for memory.
  std::vector<PartialFrame*> TooSlow(Millis now_ms, Millis slow_ms) const {
    std::vector<PartialFrame*> found;
    for (const auto* node = frames_.front(); node != nullptr; node = node->next) {
      if (node->at_ms + slow_ms > now_ms) break;
      if (!node->self->waits_for_memory || node->at_ms + 2 * slow_ms <= now_ms)
        found.push_back(node->self);
    }
    return found;
  }
  // When TooSlow is worth a call; INT64_MAX: never.
  Millis DueMs(Millis now_ms, Millis slow_ms, bool others_wait) const {
    const auto* oldest = frames_.front();
    if (oldest == nullptr) return INT64_MAX;
    const Millis due_ms = oldest->at_ms + slow_ms;
    if (due_ms > now_ms) return due_ms;
    return now_ms + std::min(slow_ms, others_wait ? kCheckMs : kQuietCheckMs);
  }

 private:
  TimeList<PartialFrame> frames_;
};

}  // namespace odradek::net
