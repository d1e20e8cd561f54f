#include "runtime/version.h"
#include "base/log.h"
#include "cli/commands.h"
#include "protocol/records/codec_versions.h"

namespace odradek::cli {

std::string VersionText() {
  return fmt::format("odradek {}\n{}\n{}\n{}", ODRADEK_VERSION, runtime::LibraryVersion(),
                     log::LibraryVersions(), records::CodecVersions());
}

}  // namespace odradek::cli
