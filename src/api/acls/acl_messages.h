// What the three APIs of ACLs share: filters, and the requests that Kafka does not take at all.
#pragma once

#include "api/authorize.h"
#include "metadata/acl.h"

namespace odradek::api {

// Filter is the request of DescribeAcls or one of those of DeleteAcls. A view into it.
template <class Filter>
metadata::AclFilter AclFilterOf(const Filter& asked) {
  return {.resource = metadata::AclResourceOf(asked.resource_type_filter),
          .pattern = metadata::AclPatternOf(asked.pattern_type_filter),
          .name = asked.resource_name_filter,
          .principal = asked.principal_filter,
          .host = asked.host_filter,
          .operation = metadata::AclOperationOf(asked.operation),
          .permission = metadata::AclPermissionOf(asked.permission_type)};
}

// One of the numbers is that of UNKNOWN: Kafka does not parse the request and closes the
// connection. Numbers without a name are UNKNOWN too, but parse.
template <class Filter>
bool SaysUnknown(const Filter& asked) {
  return asked.resource_type_filter == 0 || asked.pattern_type_filter == 0 ||
         asked.operation == 0 || asked.permission_type == 0;
}

}  // namespace odradek::api
