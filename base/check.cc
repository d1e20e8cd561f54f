#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace odradek::check_internal {

void Fail(const char* file, int line, std::string_view what) {
  std::fprintf(stderr, "CHECK failed at %s:%d: %.*s\n", file, line, static_cast<int>(what.size()),
               what.data());
  std::abort();
}

void FailOp(const char* file, int line, const char* expression, std::string left,
            std::string right) {
  Fail(file, line, std::string(expression) + " (" + left + " vs " + right + ")");
}

}  // namespace odradek::check_internal
