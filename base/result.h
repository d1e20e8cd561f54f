// Status and Result<T>: how every fallible call inside the broker reports failure.
//
// Wire error codes do not appear here; src/api maps a Status to a Kafka error at the edge.
// Thread: plain values. A Status that is ok costs one null pointer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace odradek {

enum class StatusCode : unsigned char {
  kOk,
  kExists,
  kNotFound,
  kInvalid,    // the caller's input is wrong; retrying the same call cannot help
  kRetriable,  // nothing happened; the same call may succeed later
  kFull,       // no space or a named limit was reached; nothing happened
  kCorrupt,    // stored bytes do not check out
  kFatal,      // the device or a dependency failed; the object must be reopened
  kUnknown,    // may or may not have happened
};

std::string_view StatusCodeName(StatusCode code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message)
      : state_(std::make_shared<const State>(State{code, std::move(message)})) {}

  bool ok() const { return state_ == nullptr; }
  StatusCode code() const { return ok() ? StatusCode::kOk : state_->code; }
  std::string_view message() const { return ok() ? std::string_view() : state_->message; }
  // "NOT_FOUND: no such topic"; for logs and command-line output.
  std::string ToString() const;
  // The same code, with `what: ` in front of the message: says where the failure was met.
  Status Annotate(std::string_view what) const;

 private:
  struct State {
    StatusCode code;
    std::string message;
  };
  std::shared_ptr<const State> state_;
};

inline Status Exists(std::string m) { return {StatusCode::kExists, std::move(m)}; }
inline Status NotFound(std::string m) { return {StatusCode::kNotFound, std::move(m)}; }
inline Status Invalid(std::string m) { return {StatusCode::kInvalid, std::move(m)}; }
inline Status Retriable(std::string m) { return {StatusCode::kRetriable, std::move(m)}; }
inline Status Full(std::string m) { return {StatusCode::kFull, std::move(m)}; }
inline Status Corrupt(std::string m) { return {StatusCode::kCorrupt, std::move(m)}; }
inline Status Fatal(std::string m) { return {StatusCode::kFatal, std::move(m)}; }
inline Status Unknown(std::string m) { return {StatusCode::kUnknown, std::move(m)}; }

// A value or the reason why there is none. Requires: value() only after ok().
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}         // NOLINT: implicit by design
  Result(Status status) : status_(std::move(status)) {  // NOLINT: implicit by design
    CHECK(!status_.ok());
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  T& value() & { return CHECK(ok()), *value_; }
  const T& value() const& { return CHECK(ok()), *value_; }
  T&& value() && { return CHECK(ok()), *std::move(value_); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  Status status_;
  std::optional<T> value_;
};

// Leaves the enclosing function with the failure of `expr`, if it fails.
#define RETURN_IF_ERROR(expr)                                        \
  do {                                                               \
    ::odradek::Status return_if_error_status = (expr);               \
    if (!return_if_error_status.ok()) return return_if_error_status; \
  } while (false)

#define ODRADEK_CONCAT_INNER(a, b) a##b
#define ODRADEK_CONCAT(a, b) ODRADEK_CONCAT_INNER(a, b)
#define ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                          \
  if (!tmp.ok()) return tmp.status();         \
  lhs = std::move(tmp).value()
// ASSIGN_OR_RETURN(auto file, OpenFile(path)): value on success, early return on failure.
#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_IMPL(ODRADEK_CONCAT(assign_or_return_, __LINE__), lhs, expr)

}  // namespace odradek
