#include "base/log.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

namespace odradek::log {
namespace {

constexpr std::array<std::pair<std::string_view, Level>, 5> kNames = {{{"debug", Level::kDebug},
                                                                       {"info", Level::kInfo},
                                                                       {"warn", Level::kWarn},
                                                                       {"error", Level::kError},
                                                                       {"off", Level::kOff}}};

constexpr size_t kMessageSizeBytesMax = 8192;
constexpr char kPattern[] = "%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v";

spdlog::level::level_enum ToLibrary(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
    case Level::kOff:
      return spdlog::level::off;
  }
  UNREACHABLE();
}

// Keeps the newest lines, in the same form as they would be printed.
class MemorySink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  void Begin(size_t bytes_max) {
    const std::lock_guard<std::mutex> lock(mutex_);
    bytes_max_ = bytes_max;
  }
  std::string Text() {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::string text;
    for (const std::string& line : lines_) text += line;
    return text;
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t formatted;
    formatter_->format(message, formatted);
    lines_.emplace_back(formatted.data(), formatted.size());
    bytes_ += formatted.size();
    for (; bytes_ > bytes_max_ && !lines_.empty(); lines_.pop_front())
      bytes_ -= lines_.front().size();
  }
  void flush_() override {}

 private:
  size_t bytes_max_ = 0;
  size_t bytes_ = 0;
  std::deque<std::string> lines_;
};

MemorySink& Memory() {
  static const std::shared_ptr<MemorySink> sink = std::make_shared<MemorySink>();
  return *sink;
}

spdlog::logger& Library() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("odradek",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern(kPattern);
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *logger;
}

// ASCII's control characters, and the two bytes of those that UTF-8 has beside them: U+0080 to
// U+009F.
bool IsControl(std::string_view text, size_t at) {
  const auto is_second = [&](size_t i) {
    return i < text.size() && static_cast<unsigned char>(text[i]) >= 0x80 &&
           static_cast<unsigned char>(text[i]) < 0xa0;
  };
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x20 || byte == 0x7f) return true;
  return (byte == 0xc2 && is_second(at + 1)) || (at > 0 && text[at - 1] == '\xc2' && is_second(at));
}

// What clients send may stand in a message: it must neither begin another line nor steer a terminal
// nor fill a disk.
std::string Printable(std::string_view message) {
  size_t size = std::min(message.size(), kMessageSizeBytesMax);
  while (size < message.size() && size > 0 && (message[size] & 0xc0) == 0x80) --size;
  std::string text;
  for (size_t i = 0; i < size; ++i) {
    if (IsControl(message, i))
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(message[i]));
    else
      text += message[i];
  }
  if (size < message.size()) text += fmt::format("... and {} bytes", message.size() - size);
  return text;
}

}  // namespace

Result<Level> ParseLevel(std::string_view name) {
  for (const auto& [known, level] : kNames) {
    if (known == name) return level;
  }
  return Invalid(fmt::format("unknown log level '{}': use debug, info, warn, error or off", name));
}

void SetLevel(Level level) { Library().set_level(ToLibrary(level)); }
bool Enabled(Level level) { return Library().should_log(ToLibrary(level)); }
void Write(Level level, std::string_view message) {
  Library().log(ToLibrary(level), Printable(message));
}

void CaptureToMemory(size_t bytes_max) {
  Memory().Begin(bytes_max);
  Memory().set_pattern(kPattern);
  // Not owned: the sink lives as long as the process.
  Library().sinks() = {std::shared_ptr<spdlog::sinks::sink>(std::shared_ptr<void>(), &Memory())};
}

std::string Captured() { return Memory().Text(); }

std::string LibraryVersions() {
  return fmt::format("spdlog {}.{}.{}\nfmt {}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR,
                     SPDLOG_VER_PATCH, FMT_VERSION / 10000, FMT_VERSION / 100 % 100,
                     FMT_VERSION % 100);
}

bool Limiter::Allow(Millis now_ms, int64_t* suppressed) {
  MutexLock lock(mutex_);
  if (now_ms - window_start_ms_ >= kWindowMs) {
    window_start_ms_ = now_ms;
    in_window_ = 0;
  }
  if (in_window_ >= kBurst) {
    ++suppressed_;
    return false;
  }
  ++in_window_;
  *suppressed = std::exchange(suppressed_, 0);
  return true;
}

}  // namespace odradek::log
