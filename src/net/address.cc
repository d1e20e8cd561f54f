#include "net/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <cstring>
#include <string_view>

#include "base/endian.h"

namespace odradek::net {
namespace {

constexpr std::string_view kMappedPrefix = "::ffff:";

const sockaddr_in& V4(const Address& address) {
  return reinterpret_cast<const sockaddr_in&>(address.storage);
}
const sockaddr_in6& V6(const Address& address) {
  return reinterpret_cast<const sockaddr_in6&>(address.storage);
}

}  // namespace

std::string Address::host() const {
  char text[INET6_ADDRSTRLEN] = {};
  if (family() == AF_INET) {
    inet_ntop(AF_INET, &V4(*this).sin_addr, text, sizeof(text));
    return text;
  }
  inet_ntop(AF_INET6, &V6(*this).sin6_addr, text, sizeof(text));
  if (IN6_IS_ADDR_V4MAPPED(&V6(*this).sin6_addr)) return text + kMappedPrefix.size();
  return text;
}

uint16_t Address::port() const {
  return ntohs(family() == AF_INET ? V4(*this).sin_port : V6(*this).sin6_port);
}

void Address::set_port(uint16_t port) {
  if (family() == AF_INET) {
    reinterpret_cast<sockaddr_in&>(storage).sin_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in6&>(storage).sin6_port = htons(port);
  }
}

Result<Address> ParseAddress(const std::string& numeric_host, uint16_t port) {
  Address address;
  auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (inet_pton(AF_INET, numeric_host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    address.length = sizeof(v4);
  } else if (inet_pton(AF_INET6, numeric_host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    address.length = sizeof(v6);
  } else {
    return Invalid("'" + numeric_host + "' is no numeric address");
  }
  address.set_port(port);
  return address;
}

Result<std::vector<Address>> AddressesToBind(const std::string& host) {
  if (host.empty() || host == "0.0.0.0" || host == "::") {
    return std::vector<Address>{ParseAddress("::", 0).value()};
  }
  if (host == "localhost") {
    return std::vector<Address>{ParseAddress("127.0.0.1", 0).value(),
                                ParseAddress("::1", 0).value()};
  }
  if (Result<Address> numeric = ParseAddress(host, 0); numeric.ok()) {
    return std::vector<Address>{numeric.value()};
  }
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) return NotFound("cannot resolve '" + host + "': " + gai_strerror(error));
  std::vector<Address> addresses;
  for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
    Address address;
    std::memcpy(&address.storage, info->ai_addr, info->ai_addrlen);
    address.length = info->ai_addrlen;
    addresses.push_back(address);
  }
  freeaddrinfo(found);
  return addresses;
}

}  // namespace odradek::net
