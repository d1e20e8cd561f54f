// The one door to the logging library. Messages are formatted with fmt and go to standard error.
//
//   LOG_INFO("listening on {}", address);
// Rate limits: a caller that logs on behalf of input uses LogLimiter. Thread-safe.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/env/clock.h"
#include "base/mutex.h"
#include "base/result.h"

namespace odradek::log {

enum class Level : int { kDebug, kInfo, kWarn, kError, kOff };

// "debug", "info", "warn", "error", "off".
Result<Level> ParseLevel(std::string_view name);
void SetLevel(Level level);
bool Enabled(Level level);
void Write(Level level, std::string_view message);

// From now on lines are kept in memory instead of being printed; beyond `bytes_max` the oldest go.
void CaptureToMemory(size_t bytes_max);
// What was captured so far, oldest first.
std::string Captured();

// The versions of the libraries behind this file, one a line.
std::string LibraryVersions();

// Lets through `kBurst` messages a second per instance and counts the rest, so that hostile input
// cannot fill a disk. Owner: the component that logs. Thread-safe.
class Limiter {
 public:
  static constexpr int kBurst = 5;
  static constexpr Millis kWindowMs = 1000;
  // True if the caller may log now; then *suppressed is how many were swallowed since the last.
  bool Allow(Millis now_ms, int64_t* suppressed);

 private:
  Mutex mutex_;
  Millis window_start_ms_ GUARDED_BY(mutex_) = INT64_MIN / 2;
  int in_window_ GUARDED_BY(mutex_) = 0;
  int64_t suppressed_ GUARDED_BY(mutex_) = 0;
};

}  // namespace odradek::log

#define ODRADEK_LOG(level, ...)                                 \
  do {                                                          \
    if (::odradek::log::Enabled(level)) {                       \
      ::odradek::log::Write(level, ::fmt::format(__VA_ARGS__)); \
    }                                                           \
  } while (false)
#define LOG_DEBUG(...) ODRADEK_LOG(::odradek::log::Level::kDebug, __VA_ARGS__)
#define LOG_INFO(...) ODRADEK_LOG(::odradek::log::Level::kInfo, __VA_ARGS__)
#define LOG_WARN(...) ODRADEK_LOG(::odradek::log::Level::kWarn, __VA_ARGS__)
#define LOG_ERROR(...) ODRADEK_LOG(::odradek::log::Level::kError, __VA_ARGS__)
