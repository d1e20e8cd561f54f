// Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF (RFC 3629).
#pragma once

#include <string_view>

namespace odradek::wire {

bool IsUtf8(std::string_view text);

}  // namespace odradek::wire
