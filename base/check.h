// Assertions that stay on in release builds. For programmer errors only, never for input.
//
// CHECK(condition) and CHECK_EQ/NE/LT/LE/GT/GE(a, b) print the expression, the values and the
// place, then abort. UNREACHABLE() marks code that no path may reach.
#pragma once

#include <string>
#include <string_view>

namespace odradek::check_internal {

[[noreturn]] void Fail(const char* file, int line, std::string_view what);
[[noreturn]] void FailOp(const char* file, int line, const char* expression, std::string left,
                         std::string right);

template <class T>
std::string Show(const T& value) {
  if constexpr (requires { std::to_string(value); }) {
    return std::to_string(value);
  } else if constexpr (requires { std::to_string(static_cast<long long>(value)); }) {
    return std::to_string(static_cast<long long>(value));
  } else if constexpr (requires { std::string(value); }) {
    return std::string(value);
  } else {
    return "?";
  }
}

}  // namespace odradek::check_internal

#define CHECK(condition)              \
  (__builtin_expect(!!(condition), 1) \
       ? static_cast<void>(0)         \
       : ::odradek::check_internal::Fail(__FILE__, __LINE__, #condition))

#define ODRADEK_CHECK_OP(op, a, b)                                                     \
  do {                                                                                 \
    const auto& check_left = (a);                                                      \
    const auto& check_right = (b);                                                     \
    if (__builtin_expect(!(check_left op check_right), 0)) {                           \
      ::odradek::check_internal::FailOp(__FILE__, __LINE__, #a " " #op " " #b,         \
                                        ::odradek::check_internal::Show(check_left),   \
                                        ::odradek::check_internal::Show(check_right)); \
    }                                                                                  \
  } while (false)

#define CHECK_EQ(a, b) ODRADEK_CHECK_OP(==, a, b)
#define CHECK_NE(a, b) ODRADEK_CHECK_OP(!=, a, b)
#define CHECK_LT(a, b) ODRADEK_CHECK_OP(<, a, b)
#define CHECK_LE(a, b) ODRADEK_CHECK_OP(<=, a, b)
#define CHECK_GT(a, b) ODRADEK_CHECK_OP(>, a, b)
#define CHECK_GE(a, b) ODRADEK_CHECK_OP(>=, a, b)
#define UNREACHABLE() ::odradek::check_internal::Fail(__FILE__, __LINE__, "unreachable")
