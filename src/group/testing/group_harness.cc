#include "group/testing/group_harness.h"

#include "base/endian.h"

namespace odradek::group {
namespace {

OptionalView View(const OptionalString& text) {
  if (!text) return std::nullopt;
  return *text;
}

}  // namespace

GroupHarness::GroupHarness() { Start(); }
GroupHarness::~GroupHarness() = default;

void GroupHarness::Start() {
  groups_ = std::make_unique<GroupCoordinator>(MakeEnv(), log(), [this] { return config_; });
}

void GroupHarness::Restart() {
  groups_->Stop();
  Start();
  groups_->LoadAll();
  Check();
}

Answered<JoinAnswer> GroupHarness::Join(const TestJoin& join) {
  std::vector<ProtocolView> protocols;
  for (const auto& [name, metadata] : join.protocols) protocols.push_back({name, metadata});
  JoinCommand command;
  command.group = join.group;
  command.member = join.member;
  command.instance = View(join.instance);
  command.client_id = join.client_id;
  command.client_host = "/127.0.0.1";
  command.protocol_type = join.protocol_type;
  command.protocols = protocols;
  command.session_timeout_ms = join.session_timeout_ms;
  command.rebalance_timeout_ms = join.rebalance_timeout_ms;
  command.needs_known_member_id = join.needs_known_member_id;
  command.takes_skip_assignment = join.takes_skip_assignment;
  Answered<JoinAnswer> answer;
  groups_->Join(kNode, command, answer.Callback());
  Check();
  return answer;
}

Answered<SyncAnswer> GroupHarness::Sync(
    const TestMember& member, std::vector<std::pair<std::string, std::string>> assignments) {
  std::vector<AssignmentView> views;
  for (const auto& [id, assignment] : assignments) views.push_back({id, assignment});
  SyncCommand command;
  command.group = member.group;
  command.member = member.id;
  command.instance = View(member.instance);
  command.generation = member.generation;
  command.assignments = views;
  return Sync(command);
}

Answered<SyncAnswer> GroupHarness::Sync(const SyncCommand& command) {
  Answered<SyncAnswer> answer;
  groups_->Sync(kNode, command, answer.Callback());
  Check();
  return answer;
}

ErrorCode GroupHarness::Heartbeat(const TestMember& member) {
  HeartbeatCommand command;
  command.group = member.group;
  command.member = member.id;
  command.instance = View(member.instance);
  command.generation = member.generation;
  const ErrorCode error = groups_->Heartbeat(kNode, command);
  Check();
  return error;
}

Answered<LeaveAnswer> GroupHarness::Leave(const std::string& group,
                                          std::vector<LeavingMember> members) {
  Answered<LeaveAnswer> answer;
  groups_->Leave(kNode, {.group = group, .members = members}, answer.Callback());
  Check();
  return answer;
}

Answered<LeaveAnswer> GroupHarness::Leave(const TestMember& member) {
  return Leave(member.group, {{.member = member.id, .instance = View(member.instance)}});
}

Answered<CommitAnswer> GroupHarness::Commit(const TestMember& member, const std::string& topic,
                                            int32_t partition, int64_t offset,
                                            const std::string& metadata) {
  const CommitPartition partitions[] = {
      {.partition = partition, .offset = offset, .metadata = metadata}};
  const CommitTopic topics[] = {{.name = topic, .partitions = partitions}};
  CommitCommand command;
  command.group = member.group;
  command.member = member.id;
  command.instance = View(member.instance);
  command.generation = member.generation;
  command.takes_group_id_not_found = true;
  command.topics = topics;
  return Commit(command);
}

Answered<CommitAnswer> GroupHarness::Commit(const CommitCommand& command) {
  Answered<CommitAnswer> answer;
  groups_->CommitOffsets(kNode, command, answer.Callback());
  Check();
  return answer;
}

FetchedPartition GroupHarness::Fetch(const std::string& group, const std::string& topic,
                                     int32_t partition, const Uuid& id) {
  const int32_t partitions[] = {partition};
  const FetchTopic topics[] = {{.name = topic, .id = id, .partitions = partitions}};
  const auto answer = Fetch({.group = group, .topics = std::span<const FetchTopic>(topics)});
  CHECK(answer->error == ErrorCode::kNone);
  return answer->topics.at(0).partitions.at(0);
}

FetchAnswer GroupHarness::FetchAll(const std::string& group) { return *Fetch({.group = group}); }

Answered<FetchAnswer> GroupHarness::Fetch(const FetchCommand& command) {
  Answered<FetchAnswer> answer;
  groups_->FetchOffsets(kNode, command, answer.Callback());
  Check();
  return answer;
}

Answered<DeleteOffsetsAnswer> GroupHarness::DeleteOffsets(const std::string& group,
                                                          const std::string& topic,
                                                          int32_t partition) {
  const int32_t partitions[] = {partition};
  const DeleteOffsetsTopic topics[] = {{.name = topic, .partitions = partitions}};
  Answered<DeleteOffsetsAnswer> answer;
  groups_->DeleteOffsets(kNode, {.group = group, .topics = topics}, answer.Callback());
  Check();
  return answer;
}

DescribeAnswer GroupHarness::Describe(const std::string& group) {
  return groups_->Describe(kNode, group);
}

Answered<ErrorCode> GroupHarness::DeleteGroup(const std::string& group) {
  Answered<ErrorCode> answer;
  groups_->DeleteGroup(kNode, group, answer.Callback());
  Check();
  return answer;
}

std::vector<ListedGroup> GroupHarness::List() { return groups_->List(kNode, {}, {}).groups; }

TestMember GroupHarness::Told(const JoinAnswer& answer, const TestJoin& join) {
  return {.id = answer.member,
          .generation = answer.generation,
          .instance = join.instance,
          .group = join.group};
}

TestJoin GroupHarness::Rejoin(const TestMember& member, TestJoin join) {
  join.group = member.group;
  join.member = member.id;
  join.instance = member.instance;
  return join;
}

std::vector<TestMember> GroupHarness::StableGroup(size_t size, const TestJoin& join) {
  std::vector<Answered<JoinAnswer>> joins;
  std::vector<TestMember> members;
  for (size_t i = 0; i < size; ++i) {
    // Those who are in join again, or the newcomer would wait for them.
    joins.clear();
    Answered<JoinAnswer> newcomer = Join(join);
    for (const TestMember& member : members) joins.push_back(Join(Rejoin(member, join)));
    joins.push_back(newcomer);
    members.clear();
    for (const Answered<JoinAnswer>& answer : joins) members.push_back(Told(*answer, join));
  }
  std::vector<std::pair<std::string, std::string>> assignments;
  for (const TestMember& member : members) assignments.emplace_back(member.id, "for " + member.id);
  for (const TestMember& member : members) {
    Sync(member, member.id == joins.front()->leader ? assignments : decltype(assignments)());
  }
  CHECK(State(join.group) == "Stable");
  return members;
}

std::string GroupHarness::Subscription(const std::vector<std::string>& topics) {
  std::string out(6, '\0');  // version 0, count
  StoreBig<int32_t>(out.data() + 2, static_cast<int32_t>(topics.size()));
  for (const std::string& topic : topics) {
    std::string length(2, '\0');
    StoreBig<int16_t>(length.data(), static_cast<int16_t>(topic.size()));
    out += length + topic;
  }
  return out + std::string(4, '\xFF');  // no user data
}

}  // namespace odradek::group
