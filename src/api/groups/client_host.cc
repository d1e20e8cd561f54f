#include "api/groups/client_host.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <cstring>

namespace odradek::api {
namespace {

constexpr unsigned char kMappedPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

}  // namespace

std::string HostAddress(std::string_view peer_host) {
  std::string text(peer_host.substr(0, peer_host.find('%')));  // without a scope
  in6_addr address{};
  if (inet_pton(AF_INET6, text.c_str(), &address) == 1) {
    const unsigned char* bytes = address.s6_addr;
    if (std::memcmp(bytes, kMappedPrefix, sizeof(kMappedPrefix)) == 0) {
      return fmt::format("{}.{}.{}.{}", bytes[12], bytes[13], bytes[14], bytes[15]);
    }
    text.clear();
    for (int i = 0; i < 16; i += 2) {
      text += fmt::format("{}{:x}", i == 0 ? "" : ":", bytes[i] << 8 | bytes[i + 1]);
    }
  }
  return text;
}

std::string ClientHost(std::string_view peer_host) { return "/" + HostAddress(peer_host); }

}  // namespace odradek::api
