// The ready file: one JSON object that says where the broker serves, for scripts that start it.
//   {"bootstrap":"h:p,h:p","nodes":[{"id":0,"host":"h","port":1}],"cluster_id":"...","pid":1}
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "broker/node.h"

namespace odradek::app {

// The address under which a process on this machine reaches the node's first listener.
broker::Endpoint LocalEndpoint(const broker::Node& node);
std::string BootstrapOf(const std::vector<broker::Node>& nodes);  // "h:p,h:p"

// What an earlier broker left would be taken for ours by a script that waits for the file. kFatal
// where none could be written: its directory is missing.
Status RemoveReadyFile(const std::string& path);
// The same while a start may still be refused: that of another process that runs stays.
Status RemoveStaleReadyFile(const std::string& path);

std::string ReadyText(const std::vector<broker::Node>& nodes, const std::string& cluster_id);

// Written atomically, so that a reader sees all of it or nothing.
Status WriteReadyFile(const std::string& path, const std::string& text);

// At a stop: the next broker may have written its own by now, which stays.
Status RemoveReadyFileWith(const std::string& path, const std::string& text);

}  // namespace odradek::app
