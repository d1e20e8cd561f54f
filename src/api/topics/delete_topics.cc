// DeleteTopics (20) v1-6. Deletes topics; their names are free when the answer is out.
//   v3 TOPIC_DELETION_DISABLED   v4 flexible   v5 error_message   v6 by name or by id
// Deviations from Apache Kafka: answers come in the order of the request; Kafka shuffles them.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/authorize.h"
#include "api/handler.h"
#include "broker/cluster.h"
#include "protocol/message/delete_topics.h"

namespace odradek::api {
namespace {

using metadata::TopicToDelete;

constexpr int16_t kFirstWithDisabledError = 3;
constexpr int16_t kFirstWithIds = 6;

struct Asked {
  std::optional<std::string_view> name;
  Uuid id;
};

std::vector<Asked> AskedTopics(const DeleteTopicsRequest& request, int16_t version) {
  std::vector<Asked> asked;
  if (version < kFirstWithIds) {
    for (const std::string_view name : request.topic_names) asked.push_back({name, {}});
  } else {
    for (const auto& topic : request.topics) asked.push_back({topic.name, topic.topic_id});
  }
  return asked;
}

class Answer {
 public:
  Answer(RequestContext& context, std::vector<Asked> asked)
      : arena_(context.arena()),
        access_(context),
        store_(context.cluster().metadata()),
        asked_(std::move(asked)) {}

  DeleteTopicsResponse& Refuse(ErrorCode error, std::optional<std::string_view> message) {
    for (const Asked& topic : asked_) Add(topic, error, message);
    return response_;
  }

  DeleteTopicsResponse& Fill() {
    std::map<std::string_view, int> names;
    std::map<Uuid, int> ids;
    for (const Asked& topic : asked_) {
      if (topic.name && topic.id.is_zero()) ++names[*topic.name];
      if (!topic.name) ++ids[topic.id];
    }
    for (const Asked& topic : asked_) {
      if (topic.name && !topic.id.is_zero()) {
        Add(topic, ErrorCode::kInvalidRequest, "You may not specify both topic name and topic id.");
      } else if (!topic.name && topic.id.is_zero()) {
        Add(topic, ErrorCode::kInvalidRequest, "Neither topic name nor id were specified.");
      } else if (topic.name) {
        Take(topic, &names[*topic.name], "Duplicate topic name.");
      } else {
        Take(topic, &ids[topic.id], "Duplicate topic id.");
      }
    }
    if (!access_.is_open() && !access_.ToCluster(AclOperation::kDelete)) RefuseUnauthorized();
    RefuseNamesOfIds(ids);
    Delete();
    return response_;
  }

 private:
  // What is asked for more than once is answered once, with an error.
  void Take(const Asked& topic, int* count, std::string_view message) {
    if (*count == 1) commands_.push_back({topic.name.value_or(""), topic.id});
    if (*count > 1) Add(topic, ErrorCode::kInvalidRequest, message);
    if (*count > 1) *count = 0;
  }

  // Who may not describe a topic learns neither its name nor whether it is there.
  void RefuseUnauthorized() {
    const metadata::ImageRef image = store_.image();
    std::erase_if(commands_, [&](const TopicToDelete& command) {
      const bool by_id = !command.id.is_zero();
      const metadata::TopicRef topic =
          by_id ? image->FindTopic(command.id) : image->FindTopic(command.name);
      if (by_id && topic == nullptr) return false;  // UNKNOWN_TOPIC_ID
      const std::string_view name = topic == nullptr ? command.name : topic->name;
      const bool may_describe = access_.ToTopic(AclOperation::kDescribe, name);
      const bool is_unknown = topic == nullptr && may_describe;
      if (is_unknown || (may_describe && access_.ToTopic(AclOperation::kDelete, name)))
        return false;
      std::optional<std::string_view> told;
      if (!by_id || may_describe) told = arena_.Copy(name);
      const ErrorCode error = ErrorCode::kTopicAuthorizationFailed;
      Add({told, command.id}, error, ErrorMessage(error));
      return true;
    });
  }

  // A topic that is asked for by its name and by its id has one answer too.
  void RefuseNamesOfIds(const std::map<Uuid, int>& ids) {
    const metadata::ImageRef image = store_.image();
    std::set<Uuid> refused;
    std::erase_if(commands_, [&](const TopicToDelete& command) {
      if (command.name.empty()) return false;
      const metadata::TopicRef topic = image->FindTopic(command.name);
      if (topic == nullptr || !ids.contains(topic->id)) return false;
      Add({command.name, topic->id}, ErrorCode::kInvalidRequest,
          "The provided topic name maps to an ID that was already supplied.");
      refused.insert(topic->id);
      return true;
    });
    std::erase_if(commands_,
                  [&](const TopicToDelete& command) { return refused.contains(command.id); });
  }

  void Delete() {
    const std::vector<metadata::DeletedTopic> deleted = store_.DeleteTopics(commands_);
    for (size_t i = 0; i < deleted.size(); ++i) {
      const metadata::DeletedTopic& topic = deleted[i];
      const ErrorCode error = topic.outcome.error;
      std::optional<std::string_view> message;
      if (error != ErrorCode::kNone) {
        message = topic.outcome.message.empty() ? ErrorMessage(error)
                                                : arena_.Copy(topic.outcome.message);
      }
      std::optional<std::string_view> name;
      if (!commands_[i].name.empty() || !topic.name.empty()) name = arena_.Copy(topic.name);
      // A name that does not exist may be the empty one.
      if (commands_[i].id.is_zero() && !name) name = "";
      Add({name, topic.id}, error, message);
    }
  }

  void Add(const Asked& topic, ErrorCode error, std::optional<std::string_view> message) {
    DeleteTopicsResponseDeletableTopicResult& result = response_.responses.Add(arena_);
    result.name = topic.name;
    result.topic_id = topic.id;
    result.error_code = error;
    result.error_message = message;
  }

  Arena& arena_;
  const Access access_;
  metadata::MetadataStore& store_;
  const std::vector<Asked> asked_;
  std::vector<TopicToDelete> commands_;
  DeleteTopicsResponse response_;
};

}  // namespace

void HandleDeleteTopics(RequestContext& context, const DeleteTopicsRequest& request,
                        Responder<DeleteTopicsResponse> respond) {
  Answer answer(context, AskedTopics(request, context.version()));
  if (context.cluster().config().GetBool("delete.topic.enable")) return respond.Send(answer.Fill());
  if (context.version() >= kFirstWithDisabledError) {
    return respond.Send(answer.Refuse(ErrorCode::kTopicDeletionDisabled, std::nullopt));
  }
  respond.Send(
      answer.Refuse(ErrorCode::kInvalidRequest, "This version does not support topic deletion."));
}

}  // namespace odradek::api
