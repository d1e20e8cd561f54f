// check-history FILE...: judges histories that other programs have written; see history.h.
// Ends with 0 if all are sound, 1 if one is not, 2 if one cannot be read.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "base/env/file.h"
#include "tests/durability/history.h"

int main(int argc, char** argv) {
  const std::unique_ptr<odradek::Files> files = odradek::MakePosixFiles("");
  int status = argc > 1 ? 0 : 2;
  for (int i = 1; i < argc; ++i) {
    const odradek::Result<std::string> text = files->ReadAll(std::filesystem::absolute(argv[i]));
    if (!text.ok()) {
      std::fprintf(stderr, "%s\n", text.status().ToString().c_str());
      return 2;
    }
    const auto history = odradek::durability::History::Decode(*text);
    if (!history.ok()) {
      std::fprintf(stderr, "%s: %s\n", argv[i], history.status().ToString().c_str());
      return 2;
    }
    for (const odradek::durability::Finding& finding : history->Check()) {
      std::printf("%s: %s: %s\n", argv[i],
                  std::string(odradek::durability::AnomalyName(finding.anomaly)).c_str(),
                  finding.what.c_str());
      status = 1;
    }
  }
  return status;
}
