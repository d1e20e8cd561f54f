#include "protocol/records/codec_versions.h"

#include <lz4.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

namespace odradek::records {

std::string CodecVersions() {
  const std::string snappy = std::to_string(SNAPPY_MAJOR) + "." + std::to_string(SNAPPY_MINOR) +
                             "." + std::to_string(SNAPPY_PATCHLEVEL);
  return std::string("zlib ") + zlibVersion() + "\nlz4 " + LZ4_versionString() + "\nzstd " +
         ZSTD_versionString() + "\nsnappy " + snappy;
}

}  // namespace odradek::records
