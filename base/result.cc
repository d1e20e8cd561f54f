#include "base/result.h"

namespace odradek {

std::string_view StatusCodeName(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return "OK";
    case StatusCode::kExists:
      return "EXISTS";
    case StatusCode::kNotFound:
      return "NOT_FOUND";
    case StatusCode::kInvalid:
      return "INVALID";
    case StatusCode::kRetriable:
      return "RETRIABLE";
    case StatusCode::kFull:
      return "FULL";
    case StatusCode::kCorrupt:
      return "CORRUPT";
    case StatusCode::kFatal:
      return "FAILED";
    case StatusCode::kUnknown:
      return "UNKNOWN";
  }
  UNREACHABLE();
}

std::string Status::ToString() const {
  if (ok()) return "OK";
  return std::string(StatusCodeName(code())) + ": " + std::string(message());
}

Status Status::Annotate(std::string_view what) const {
  if (ok()) return *this;
  return {code(), std::string(what) + ": " + std::string(message())};
}

}  // namespace odradek
