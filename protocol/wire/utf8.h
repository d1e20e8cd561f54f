// Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF (RFC 3629).
#pragma once

#include <cstddef>
#include <string_view>

namespace odradek::wire {

bool IsUtf8(std::string_view text);

// The text with U+FFFD for what is not well-formed, as Java decodes it: one for each byte that
// cannot begin a character, for each sequence that breaks off, and for each surrogate.
size_t RepairedUtf8SizeBytes(std::string_view text);
// Requires: `out` has that size.
void RepairUtf8(std::string_view text, char* out);

}  // namespace odradek::wire
