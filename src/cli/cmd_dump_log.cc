// dump-log: what the files of a data directory hold, ours or Kafka's, line by line.
#include <cstdio>

#include "base/env/startup.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "inspect/dump.h"
#include "storage/local/file_names.h"

namespace odradek::cli {
namespace {

Result<std::optional<inspect::Decoding>> ParseDecoding(const std::string& word) {
  using inspect::Decoding;
  if (word == "auto") return std::optional<Decoding>();
  if (word == "none") return std::optional(Decoding::kNone);
  if (word == "offsets") return std::optional(Decoding::kOffsets);
  if (word == "transactions") return std::optional(Decoding::kTransactions);
  if (word == "share") return std::optional(Decoding::kShare);
  return Invalid("--decode " + word + ": write auto, none, offsets, transactions or share");
}

Status DumpPath(const std::string& path, inspect::DumpOptions options, inspect::Report& report) {
  const std::unique_ptr<Files> below = MakePosixFiles(path);
  if (below->List("").ok()) {
    options.root = AbsolutePath(path);
    const std::string shown = path.substr(0, path.find_last_not_of('/') + 1);
    return inspect::Dump(*below, "", shown, options, report);
  }
  if (!below->Exists("")) return NotFound(path + ": there is no such file");
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const std::unique_ptr<Files> files = MakePosixFiles(folder);
  options.root = AbsolutePath(folder);
  const std::string shown = slash == std::string::npos ? "" : path.substr(0, slash);
  return inspect::Dump(*files, std::string(storage::BaseName(path)), shown, options, report);
}

}  // namespace

int DumpLog(const std::vector<std::string>& paths, bool records, const std::string& decoding,
            bool json) {
  inspect::DumpOptions options;
  options.records = records;
  const auto parsed = ParseDecoding(decoding);
  if (!parsed.ok()) return Report(parsed.status());
  options.decoding = *parsed;
  inspect::Report report(
      json ? inspect::Form::kJson : inspect::Form::kText,
      [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); });
  for (const std::string& path : paths) {
    const Status dumped = DumpPath(path, options, report);
    if (dumped.ok()) continue;
    static_cast<void>(Report(dumped));
    const bool is_none =
        dumped.code() == StatusCode::kNotFound || dumped.code() == StatusCode::kInvalid;
    if (report.problems() > 0 || !is_none) return kFailure;
    return kUnavailable;  // it is not there, or nothing that can be dumped
  }
  return report.problems() == 0 ? kSuccess : kFailure;
}

}  // namespace odradek::cli
