// Produce (0) v3-13. Appends record batches; v0-2 are advertised (old librdkafka probes for them)
// and refused.
//   v3 transactional_id   v5 log_start_offset   v7 zstd   v8 record_errors, error_message
//   v9 flexible   v10 current_leader, node_endpoints   v12 implicit transaction partitions   v13
//   topic ids
// acks=0 has no answer: any error closes the connection. acks=-1 answers when the high watermark
// has passed.
// Deviations from Apache Kafka: a partition that is named twice, but not twice in a row, is
// appended to twice. Requests behind this one on the same connection are served while it waits for
// the device (odradek.durability=power): a Fetch among them does not see its records yet. A batch
// that decompresses to more than 256 MiB is refused, with UNKNOWN_SERVER_ERROR.
#include <algorithm>
#include <string>
#include <utility>

#include "api/authorize.h"
#include "api/data/produce_wait.h"
#include "api/errors.h"
#include "api/handler.h"
#include "api/led_partition.h"
#include "broker/cluster.h"
#include "protocol/message/produce.h"
#include "protocol/records/record_batch.h"

namespace odradek::api {
namespace {

using TopicData = ProduceRequestTopicProduceData;
using PartitionData = ProduceRequestPartitionProduceData;
using TopicAnswer = ProduceResponseTopicProduceResponse;
using PartitionAnswer = ProduceResponsePartitionProduceResponse;

constexpr int16_t kFirstVersionWithZstd = 7;
constexpr int16_t kFirstVersionWithLeaderHints = 10;
constexpr std::string_view kAdminClientId = "__admin_client";

bool IsZstd(const char* bytes) {
  const records::BatchView batch(bytes);
  return batch.magic() == records::kMagic &&
         batch.codec_number() == static_cast<int>(records::Codec::kZstd);
}

// Kafka names the log's start with success and with errors found in records, but not with errors of
// the batch as a whole.
bool TellsLogStart(const storage::AppendResult& result) {
  switch (result.error) {
    case storage::AppendError::kCorruptMessage:
    case storage::AppendError::kMessageTooLarge:
    case storage::AppendError::kRecordListTooLarge:
    case storage::AppendError::kStorage:
    case storage::AppendError::kFenced:
    case storage::AppendError::kNotOneBatch:
      return false;
    default:
      return true;
  }
}

// A record set of `request` begins with a transactional batch.
bool HasTransactionalRecords(const ProduceRequest& request) {
  const auto is_transactional = [](const PartitionData& data) {
    return data.records.has_value() && data.records->size() >= records::kHeaderSizeBytes &&
           records::BatchView(data.records->data()).is_transactional();
  };
  return std::any_of(request.topic_data.begin(), request.topic_data.end(),
                     [&](const TopicData& topic) {
                       return std::any_of(topic.partition_data.begin(), topic.partition_data.end(),
                                          is_transactional);
                     });
}

class ProduceCall {
 public:
  ProduceCall(RequestContext& context, const ProduceRequest& request, ProduceResponse* response,
              ProduceWait* wait)
      : context_(context),
        access_(context),
        request_(request),
        response_(*response),
        wait_(*wait) {}

  // True if a partition failed.
  bool Run() {
    if (HasTransactionalRecords(request_)) {
      // No transactional id has been given out, so none can be right.
      refused_ = request_.transactional_id &&
                         access_.ToTransactionalId(AclOperation::kWrite, *request_.transactional_id)
                     ? ErrorCode::kInvalidProducerIdMapping
                     : ErrorCode::kTransactionalIdAuthorizationFailed;
    }
    for (const TopicData& topic : request_.topic_data) {
      if (topic.partition_data.empty()) continue;
      TopicAnswer& answer = AnswerOf(topic);
      for (size_t j = 0; j < topic.partition_data.size(); ++j) {
        const PartitionData& data = topic.partition_data[j];
        const bool replaced =
            j + 1 < topic.partition_data.size() && topic.partition_data[j + 1].index == data.index;
        if (replaced) continue;  // named twice: the last one counts
        PartitionAnswer& partition = answer.partition_responses.Add(context_.arena());
        partition.index = data.index;
        partition.base_offset = -1;
        partition.error_code =
            refused_ != ErrorCode::kNone ? refused_ : Append(topic, data, &partition);
        failed_ |= partition.error_code != ErrorCode::kNone;
      }
    }
    return failed_;
  }

 private:
  // Neighbouring entries of one topic share an answer.
  TopicAnswer& AnswerOf(const TopicData& topic) {
    auto& answers = response_.responses;
    const bool same = !answers.empty() && answers.back().name == topic.name &&
                      answers.back().topic_id == topic.topic_id;
    if (same) return answers.back();
    TopicAnswer& answer = answers.Add(context_.arena());
    answer.name = topic.name;
    answer.topic_id = topic.topic_id;
    return answer;
  }

  ErrorCode Append(const TopicData& topic, const PartitionData& data, PartitionAnswer* answer) {
    LedPartition led = FindLedPartition(context_, topic.name, topic.topic_id, data.index);
    if (led.error == ErrorCode::kUnknownTopicId) return led.error;
    if (!access_.ToTopic(AclOperation::kWrite, led.topic == nullptr ? topic.name : led.topic->name))
      return ErrorCode::kTopicAuthorizationFailed;
    if (led.topic == nullptr || led.info == nullptr) return led.error;
    if (const ErrorCode error = CheckRecords(data, answer); error != ErrorCode::kNone) return error;
    if (request_.acks < -1 || request_.acks > 1) return ErrorCode::kInvalidRequiredAcks;
    if (led.topic->internal && context_.client_id() != kAdminClientId) {
      return Explain(answer, "Cannot append to internal topic " + led.topic->name,
                     ErrorCode::kInvalidTopicException);
    }
    if (led.error != ErrorCode::kNone) {
      HintLeader(*led.info, led.error, answer);
      return led.error;
    }
    if (request_.acks == -1 && !HasEnoughReplicas(led)) return ErrorCode::kNotEnoughReplicas;
    return AppendTo(led, data, answer);
  }

  // More in-sync replicas than there are replicas cannot be asked for.
  static bool HasEnoughReplicas(const LedPartition& led) {
    const auto wanted = static_cast<size_t>(std::max(led.partition->min_insync_replicas(), 1));
    return led.info->isr.size() >= std::min(wanted, led.info->replicas.size());
  }

  // What Kafka looks at before it asks the log: ProduceRequest.validateRecords.
  ErrorCode CheckRecords(const PartitionData& data, PartitionAnswer* answer) {
    if (!data.records.has_value() || data.records->empty()) {
      return Explain(answer,
                     "Produce requests with version " + std::to_string(context_.version()) +
                         " must have at least one record batch per partition",
                     ErrorCode::kInvalidRecord);
    }
    const bool old_client = context_.version() < kFirstVersionWithZstd;
    if (old_client && data.records->size() >= records::kHeaderSizeBytes &&
        IsZstd(data.records->data())) {
      return Explain(answer,
                     "Produce requests with version " + std::to_string(context_.version()) +
                         " are not allowed to use ZStandard compression",
                     ErrorCode::kUnsupportedCompressionType);
    }
    return ErrorCode::kNone;
  }

  ErrorCode AppendTo(const LedPartition& led, const PartitionData& data, PartitionAnswer* answer) {
    storage::AppendRequest append;
    append.owner.leader_epoch = led.info->leader_epoch;
    // The frame is ours and mutable; offsets and the leader epoch are stamped in place.
    append.batches = {const_cast<char*>(data.records->data()), data.records->size()};
    const storage::AppendResult result = led.partition->log().Append(append);
    if (TellsLogStart(result)) answer->log_start_offset = result.log_start_offset;
    if (result.error != storage::AppendError::kNone) {
      AddRecordErrors(result, answer);
      return ErrorFrom(result.error);
    }
    answer->base_offset = result.base_offset;
    answer->log_append_time_ms = result.log_append_time_ms;
    if (request_.acks == -1) wait_.Add(led.partition, result.last_offset + 1, &answer->error_code);
    return ErrorCode::kNone;
  }

  void AddRecordErrors(const storage::AppendResult& result, PartitionAnswer* answer) {
    if (!result.status.message().empty())
      answer->error_message = context_.arena().Copy(result.status.message());
    for (const storage::RecordError& record : result.record_errors) {
      auto& added = answer->record_errors.Add(context_.arena());
      added.batch_index = record.batch_index;
      if (!record.message.empty())
        added.batch_index_error_message = context_.arena().Copy(record.message);
    }
  }

  ErrorCode Explain(PartitionAnswer* answer, std::string_view message, ErrorCode error) {
    answer->error_message = context_.arena().Copy(message);
    return error;
  }

  void HintLeader(const metadata::PartitionInfo& info, ErrorCode error, PartitionAnswer* answer) {
    if (error != ErrorCode::kNotLeaderOrFollower ||
        context_.version() < kFirstVersionWithLeaderHints)
      return;
    answer->current_leader.leader_id = info.leader;
    answer->current_leader.leader_epoch = info.leader_epoch;
    AddNodeEndpoint(context_, info.leader, &response_.node_endpoints);
  }

  RequestContext& context_;
  const Access access_;
  const ProduceRequest& request_;
  ProduceResponse& response_;
  ProduceWait& wait_;
  ErrorCode refused_ = ErrorCode::kNone;  // the request as a whole
  bool failed_ = false;
};

}  // namespace

void HandleProduce(RequestContext& context, const ProduceRequest& request,
                   Responder<ProduceResponse> respond) {
  ProduceResponse& response = *context.arena().New<ProduceResponse>();
  ProduceWait wait(context.exchange().scheduler(), request.timeout_ms);
  const bool failed = ProduceCall(context, request, &response, &wait).Run();
  if (request.acks == 0) {
    if (!failed) return respond.SendNothing();
    return respond.Abort(
        "a Produce with acks=0 failed; closing is the only way to tell the producer");
  }
  if (wait.done()) return respond.Send(response);
  std::move(wait).Start(
      [respond = std::move(respond), &response]() mutable { respond.Send(response); });
}

}  // namespace odradek::api
