// The address of a client as groups show it.
#pragma once

#include <string>
#include <string_view>

namespace odradek::api {

// "/10.0.0.1", "/0:0:0:0:0:0:0:1": Java writes addresses after an empty host name, IPv6 without
// shortening; tools cut the slash off again. `peer_host` is numeric.
// Source: InetAddress.toString, as DescribeGroups carries it.
std::string ClientHost(std::string_view peer_host);

}  // namespace odradek::api
