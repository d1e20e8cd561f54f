#include "app/read_config.h"

#include <string>

#include "app/option_checks.h"
#include "base/env/startup.h"

namespace odradek::app {
namespace {

constexpr size_t kConfigFileBytesMax = 1 << 20;

// kInvalid if its content is why, else kFatal.
Status UnreadableFile(const std::string& path, const Status& why) {
  const bool is_content = why.code() == StatusCode::kInvalid;
  return Status(is_content ? StatusCode::kInvalid : StatusCode::kFatal,
                "--config " + path + ": " + std::string(why.message()));
}

}  // namespace

Result<config::ServerConfig> ReadConfig(const ServeOptions& options) {
  config::ServerConfig::Builder builder;
  if (options.config_file.has_value()) {
    const Result<std::string> text = ReadNamedFile(*options.config_file, kConfigFileBytesMax);
    if (!text.ok()) return UnreadableFile(*options.config_file, text.status());
    RETURN_IF_ERROR(builder.AddProperties(*text, *options.config_file));
  }
  RETURN_IF_ERROR(builder.AddEnvironment(options.environment));
  for (const std::string& setting : options.settings) RETURN_IF_ERROR(builder.Set(setting));
  ASSIGN_OR_RETURN(const config::ServerConfig given, builder.Build());
  ASSIGN_OR_RETURN(
      const std::string durability,
      ResolveDurability(given.GetString(kDurabilityConfig), options.data_dir.has_value()));
  RETURN_IF_ERROR(builder.Set(kDurabilityConfig, durability));
  return builder.Build();
}

}  // namespace odradek::app
