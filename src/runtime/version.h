// The version of the event loop library in use.
#pragma once

#include <string>

namespace odradek::runtime {

std::string LibraryVersion();  // "libuv 1.44.2"

}  // namespace odradek::runtime
