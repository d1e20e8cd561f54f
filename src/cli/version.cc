#include "base/log.h"
#include "cli/commands.h"
#include "protocol/records/codec_versions.h"
#include "runtime/version.h"

namespace odradek::cli {

std::string VersionText() {
  return fmt::format("odradek {}\n{}\n{}\n{}", ODRADEK_VERSION, runtime::LibraryVersion(), log::LibraryVersions(),
                     records::CodecVersions());
}

}  // namespace odradek::cli
