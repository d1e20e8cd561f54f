#include "runtime/version.h"

#include <uv.h>

namespace odradek::runtime {

std::string LibraryVersion() { return std::string("libuv ") + uv_version_string(); }

}  // namespace odradek::runtime
