// The versions of the compression libraries in use, one a line.
#pragma once

#include <string>

namespace odradek::records {

std::string CodecVersions();

}  // namespace odradek::records
