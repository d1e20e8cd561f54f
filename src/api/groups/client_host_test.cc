#include "api/groups/client_host.h"

#include <gtest/gtest.h>

namespace odradek::api {
namespace {

TEST(ClientHost, IsWhatJavaWrites) {
  EXPECT_EQ(ClientHost("10.0.0.1"), "/10.0.0.1");
  EXPECT_EQ(ClientHost("::1"), "/0:0:0:0:0:0:0:1");
  EXPECT_EQ(ClientHost("fe80::1:2%eth0"), "/fe80:0:0:0:0:0:1:2");
  EXPECT_EQ(ClientHost("::ffff:127.0.0.1"), "/127.0.0.1");
}

TEST(HostAddress, IsWhatAclsAreComparedWith) {
  EXPECT_EQ(HostAddress("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(HostAddress("::1"), "0:0:0:0:0:0:0:1");
}

}  // namespace
}  // namespace odradek::api
