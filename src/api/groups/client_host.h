// The address of a client as Java writes it.
#pragma once

#include <string>
#include <string_view>

namespace odradek::api {

// "10.0.0.1", "0:0:0:0:0:0:0:1": without shortening, IPv4 in IPv6 as IPv4. `peer_host` is numeric.
// Source: InetAddress.getHostAddress, which ACLs are compared with.
std::string HostAddress(std::string_view peer_host);

// "/10.0.0.1", "/0:0:0:0:0:0:0:1": as groups show it. Java writes addresses after an empty host
// name; tools cut the slash off again. Source: InetAddress.toString, as DescribeGroups carries it.
std::string ClientHost(std::string_view peer_host);

}  // namespace odradek::api
