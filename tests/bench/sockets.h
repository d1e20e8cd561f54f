// Plain TCP sockets on the loopback address. What cannot be had ends the process.
//
// Thread: any.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "net/unique_fd.h"

namespace odradek::bench {

net::UniqueFd Connect(uint16_t port);
// Empty if nobody listens.
net::UniqueFd TryConnect(uint16_t port);
// Listens on a free port.
net::UniqueFd Listen(uint16_t* port);
net::UniqueFd Accept(const net::UniqueFd& listener);
void SetNonBlocking(int fd);

// Blocking. False if the other side has finished.
bool ReceiveAll(int fd, std::span<char> to);
void SendAll(int fd, std::string_view bytes, int flags);

}  // namespace odradek::bench
