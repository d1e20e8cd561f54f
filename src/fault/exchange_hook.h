// The dispatcher offers every typed request before it is handled and every typed answer before it
// is encoded. Rules of the fault engine, recorders and tests implement it; without one it costs a
// branch.
//
// Thread: called on whichever thread handles or answers the request.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/wire/frame_sink.h"

namespace odradek::fault {

struct CallInfo {
  int16_t api_key = 0;
  int16_t api_version = 0;
  int32_t correlation_id = 0;
  std::string_view client_id;
  const wire::ConnectionInfo* connection = nullptr;
};

// A generated request or response struct without its type.
class Message {
 public:
  template <class T>
  static Message Request(const T& message) {
    return Message(T::kApiKey, false, const_cast<T*>(&message));
  }
  template <class T>
  static Message Response(T& message) {
    return Message(T::kApiKey, true, &message);
  }
  // Null if the message is another one.
  template <class T>
  T* As() const {
    constexpr bool kIsRequest = requires { typename T::Response; };
    return T::kApiKey == api_key_ && kIsRequest != is_response_ ? static_cast<T*>(message_)
                                                                : nullptr;
  }

 private:
  Message(int16_t api_key, bool is_response, void* message)
      : api_key_(api_key), is_response_(is_response), message_(message) {}
  int16_t api_key_;
  bool is_response_;
  void* message_;
};

enum class Verdict : unsigned char { kContinue, kDropAnswer, kClose };

class ExchangeHook {
 public:
  virtual ~ExchangeHook() = default;
  // kDropAnswer: the request is not handled, nothing is sent, the connection stays.
  virtual Verdict Before(const CallInfo& call, Message request) = 0;
  // May change the answer in place. kDropAnswer: it was applied, and nobody hears of it.
  virtual Verdict After(const CallInfo& call, Message response) = 0;
};

}  // namespace odradek::fault
