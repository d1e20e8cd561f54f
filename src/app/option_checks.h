// What the command line asks for and does not get: settings of nodes that do not exist are errors,
// properties that another option stands for are worth a warning. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/serve_options.h"
#include "base/result.h"
#include "broker/node.h"
#include "config/server_config.h"

namespace odradek::app {

// Errors: kInvalid, naming the setting and the ids that there are.
Status CheckNodeSettings(const ServeOptions& options, const std::vector<broker::Node>& nodes);

inline constexpr std::string_view kDurabilityConfig = "odradek.durability";
inline constexpr std::string_view kPowerDurability = "power";

// The durability that holds: what was asked for, or the strongest that the place of the data gives.
// Errors: kInvalid if memory is asked to survive something, or a directory to survive nothing.
Result<std::string> ResolveDurability(const std::string& asked, bool has_data_dir);

// One line each, for the start-up log.
std::vector<std::string> OptionWarnings(const ServeOptions& options,
                                        const config::ServerConfig& config);

}  // namespace odradek::app
