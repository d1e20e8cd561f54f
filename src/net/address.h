// Socket addresses: what to bind for a configured host, and addresses as text.
//
// Thread: any. Blocking: Resolve may ask the resolver for a name that is neither an address nor
// "localhost"; it is for start-up only.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace odradek::net {

struct Address {
  sockaddr_storage storage = {};
  socklen_t length = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
  // Numeric, without port and brackets; an IPv4 address mapped into IPv6 in its own form.
  std::string host() const;
  uint16_t port() const;
  void set_port(uint16_t port);
};

// The addresses a listener on `host` binds: both loopback addresses for "localhost", one socket
// that serves both families for "", "0.0.0.0" and "::", else what the name stands for.
Result<std::vector<Address>> AddressesToBind(const std::string& host);

Result<Address> ParseAddress(const std::string& numeric_host, uint16_t port);

}  // namespace odradek::net
