// The commands of MetadataStore that change ACLs, with Kafka's checks in Kafka's order.
// Source: AclApis, AclControlManager of Apache Kafka 4.3.
#include <utility>

#include "base/check.h"
#include "metadata/image_builder.h"
#include "metadata/metadata_store.h"

namespace odradek::metadata {
namespace {

std::string Invalid(std::string_view what, std::string_view value) {
  return std::string("Invalid ").append(what).append(" ").append(value);
}

Outcome Validate(const AclBinding& acl) {
  if (acl.resource == AclResource::kCluster && acl.name != kClusterName) {
    return InvalidRequest("The only valid name for the CLUSTER resource is kafka-cluster");
  }
  if (acl.name.empty()) return InvalidRequest("Invalid empty resource name");
  if (acl.resource <= AclResource::kAny)
    return InvalidRequest(Invalid("resourceType", NameOf(acl.resource)));
  if (acl.pattern <= AclPattern::kMatch)
    return InvalidRequest(Invalid("patternType", NameOf(acl.pattern)));
  if (acl.operation <= AclOperation::kAny)
    return InvalidRequest(Invalid("operation", NameOf(acl.operation)));
  if (acl.permission <= AclPermission::kAny)
    return InvalidRequest(Invalid("permissionType", NameOf(acl.permission)));
  if (acl.principal.find(':') == std::string::npos) {
    return InvalidRequest("Could not parse principal from `" + acl.principal +
                          "` (no colon is present separating the principal type from the "
                          "principal name)");
  }
  return {};
}

Outcome Validate(const AclFilter& filter) {
  if (filter.resource == AclResource::kUnknown || filter.pattern == AclPattern::kUnknown)
    return InvalidRequest("Unknown patternFilter.");
  if (filter.operation == AclOperation::kUnknown || filter.permission == AclPermission::kUnknown)
    return InvalidRequest("Unknown entryFilter.");
  return {};
}

Outcome TooMany() {
  return InvalidRequest("Cannot change more than " +
                        std::to_string(MetadataStore::kRecordsPerCommandMax) +
                        " acls in a single operation.");
}

}  // namespace

std::vector<Outcome> MetadataStore::CreateAcls(std::span<const AclBinding> acls) {
  if (acls.size() > kRecordsPerCommandMax) return std::vector<Outcome>(acls.size(), TooMany());
  MutexLock lock(mutex_);
  ImageBuilder builder(image());
  std::vector<Outcome> answers;
  for (const AclBinding& acl : acls) {
    answers.push_back(Validate(acl));
    if (!answers.back().ok() || builder.image().acls().contains(acl)) continue;
    const Status added = builder.Add(AclRecord{acl, false});
    CHECK(added.ok());
  }
  if (builder.records().empty()) return answers;
  if (const Status committed = Commit(builder); !committed.ok()) {
    for (Outcome& answer : answers) {
      if (answer.ok()) answer = NotJournalled(committed);
    }
  }
  return answers;
}

std::vector<DeletedAcls> MetadataStore::DeleteAcls(std::span<const AclFilter> filters) {
  MutexLock lock(mutex_);
  const ImageRef before = image();
  ImageBuilder builder(before);
  std::vector<DeletedAcls> answers;
  for (const AclFilter& filter : filters) {
    DeletedAcls& answer = answers.emplace_back();
    answer.outcome = Validate(filter);
    if (!answer.outcome.ok()) continue;
    for (const AclBinding& acl : before->acls()) {
      if (!filter.Matches(acl)) continue;
      answer.acls.push_back(acl);
      if (!builder.image().acls().contains(acl)) continue;  // an earlier filter took it
      if (builder.records().size() == kRecordsPerCommandMax)
        return std::vector<DeletedAcls>(filters.size(), DeletedAcls{TooMany(), {}});
      const Status removed = builder.Add(AclRecord{acl, true});
      CHECK(removed.ok());
    }
  }
  if (builder.records().empty()) return answers;
  if (const Status committed = Commit(builder); !committed.ok()) {
    for (DeletedAcls& answer : answers) {
      if (answer.outcome.ok()) answer = {NotJournalled(committed), {}};
    }
  }
  return answers;
}

}  // namespace odradek::metadata
