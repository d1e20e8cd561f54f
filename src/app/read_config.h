// The broker's properties out of all that may set them: file, environment, command line, in rising
// order of rank. Errors: kInvalid, naming where it stands; kFatal: the file cannot be read.
#pragma once

#include "app/serve_options.h"
#include "base/result.h"
#include "config/server_config.h"

namespace odradek::app {

Result<config::ServerConfig> ReadConfig(const ServeOptions& options);

}  // namespace odradek::app
