#include "net/bad_input.h"

#include <array>

namespace odradek::net {
namespace {

struct Look {
  std::string_view start;
  std::string_view name;
};

constexpr std::string_view kTls = "a TLS client hello; this listener speaks plain text";
constexpr std::string_view kHttp = "an HTTP request; this port speaks Kafka's protocol";

constexpr std::array<Look, 13> kLooks = {{{"\x16\x03", kTls},
                                          {"GET ", kHttp},
                                          {"HEAD", kHttp},
                                          {"POST", kHttp},
                                          {"PUT ", kHttp},
                                          {"DELE", kHttp},
                                          {"OPTI", kHttp},
                                          {"PATC", kHttp},
                                          {"TRAC", kHttp},
                                          {"CONN", kHttp},
                                          {"PRI ", kHttp},
                                          {"SSH-", "an SSH client"},
                                          {"PROX", "a PROXY protocol header"}}};

}  // namespace

std::string DescribeBadFrame(std::string_view head, int32_t length, int64_t length_max) {
  for (const Look& look : kLooks) {
    if (head.starts_with(look.start)) return "the bytes look like " + std::string(look.name);
  }
  if (length <= 0) return "a frame of length " + std::to_string(length);
  return "a frame of length " + std::to_string(length) +
         ", more than socket.request.max.bytes=" + std::to_string(length_max);
}

}  // namespace odradek::net
