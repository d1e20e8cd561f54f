// Produce (0) v3-13. Appends record batches; v0-2 are advertised (old librdkafka probes for them)
// and refused.
//   v3 transactional_id   v5 log_start_offset   v7 zstd   v8 record_errors, error_message
//   v9 flexible   v10 current_leader, node_endpoints   v12 implicit transaction partitions   v13
//   topic ids
// acks=0 has no answer: any error closes the connection. acks=-1 answers when the high watermark
// has passed. A batch that takes long to check or to rewrite is appended by a worker, see
// docs/decisions/expensive-batches.md: later requests of the connection wait for it.
// Deviations from Apache Kafka: a partition that is named twice, but not twice in a row, is
// appended to twice. Requests behind this one on the same connection are served while it waits for
// the device (odradek.durability=power): a Fetch among them does not see its records yet. A batch
// that decompresses to more than 256 MiB is refused, with UNKNOWN_SERVER_ERROR.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/authorize.h"
#include "api/data/produce_wait.h"
#include "api/errors.h"
#include "api/handler.h"
#include "api/led_partition.h"
#include "base/env/workers.h"
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
// What may be decompressed for a request on its loop: little for what the client had to send, so
// that many requests together are little too, and milliseconds for the largest.
constexpr size_t kQuickBytesMin = 16 * 1024;
constexpr size_t kQuickBytesPerByte = 16;
constexpr size_t kQuickBytesMax = 1024 * 1024;
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

size_t QuickBytesFor(size_t request_bytes) {
  return std::min(kQuickBytesMin + kQuickBytesPerByte * request_bytes, kQuickBytesMax);
}

// One request on its way through its partitions. Thread: its loop; AppendLong on a worker.
class ProduceCall {
 public:
  ProduceCall(RequestContext& context, const ProduceRequest& request)
      : context_(context),
        access_(context),
        request_(request),
        response_(*context.arena().New<ProduceResponse>()),
        wait_(context.exchange().scheduler(), request.timeout_ms),
        quick_bytes_left_(QuickBytesFor(context.exchange().frame().size())) {}

  // False: it stopped at a batch that takes long. The next call goes on behind it.
  bool Run() {
    if (long_ != nullptr) {
      Conclude(Tell(long_->partition, long_->result, long_->answer), long_->answer);
      long_.reset();
      ++entry_;
    } else if (HasTransactionalRecords(request_)) {
      // No transactional id has been given out, so none can be right.
      refused_ = request_.transactional_id &&
                         access_.ToTransactionalId(AclOperation::kWrite, *request_.transactional_id)
                     ? ErrorCode::kInvalidProducerIdMapping
                     : ErrorCode::kTransactionalIdAuthorizationFailed;
    }
    return AppendRest();
  }
  // That batch. At the end of a process this may run after the cluster: it needs the log only.
  void AppendLong() { long_->result = long_->partition->log().Append(long_->append); }
  bool has_stopped() const { return long_ != nullptr; }
  void Answer(Responder<ProduceResponse>&& respond) && {
    if (request_.acks == 0) {
      if (!failed_) return respond.SendNothing();
      return respond.Abort(
          "a Produce with acks=0 failed; closing is the only way to tell the producer");
    }
    if (wait_.done()) return respond.Send(response_);
    std::move(wait_).Start([respond = std::move(respond), response = &response_]() mutable {
      respond.Send(*response);
    });
  }

 private:
  struct LongAppend {
    broker::PartitionRef partition;
    storage::AppendRequest append;
    PartitionAnswer* answer;
    storage::AppendResult result = {};
  };

  bool AppendRest() {
    for (; topic_ < request_.topic_data.size(); ++topic_, entry_ = 0) {
      const TopicData& topic = request_.topic_data[topic_];
      const size_t count = topic.partition_data.size();
      for (; entry_ < count; ++entry_) {
        const PartitionData& data = topic.partition_data[entry_];
        const bool replaced =
            entry_ + 1 < count && topic.partition_data[entry_ + 1].index == data.index;
        if (replaced) continue;  // named twice: the last one counts
        PartitionAnswer& answer = AnswerOf(topic).partition_responses.Add(context_.arena());
        answer.index = data.index;
        answer.base_offset = -1;
        const ErrorCode error =
            refused_ != ErrorCode::kNone ? refused_ : Append(topic, data, &answer);
        if (long_ != nullptr) return false;
        Conclude(error, &answer);
      }
    }
    return true;
  }

  void Conclude(ErrorCode error, PartitionAnswer* answer) {
    answer->error_code = error;
    failed_ |= error != ErrorCode::kNone;
  }

  template <class A, class B>
  static bool AreOfOneTopic(const A& a, const B& b) {
    return a.name == b.name && a.topic_id == b.topic_id;
  }

  // Neighbouring entries of one topic share an answer.
  TopicAnswer& AnswerOf(const TopicData& topic) {
    auto& answers = response_.responses;
    if (!answers.empty() && AreOfOneTopic(answers.back(), topic)) return answers.back();
    TopicAnswer& answer = answers.Add(context_.arena());
    answer.name = topic.name;
    answer.topic_id = topic.topic_id;
    // Who waits for the device writes into them later: they must not move.
    answer.partition_responses.Reserve(context_.arena(), EntriesThatShareAnAnswer());
    return answer;
  }
  size_t EntriesThatShareAnAnswer() const {
    const TopicData& first = request_.topic_data[topic_];
    size_t count = first.partition_data.size();
    for (size_t i = topic_ + 1; i < request_.topic_data.size(); ++i) {
      const TopicData& topic = request_.topic_data[i];
      const bool is_other = !AreOfOneTopic(topic, first);
      if (is_other && !topic.partition_data.empty()) break;
      if (!is_other) count += topic.partition_data.size();
    }
    return count;
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
    storage::AppendRequest append;
    append.owner.leader_epoch = led.info->leader_epoch;
    // The frame is ours and mutable; offsets and the leader epoch are stamped in place.
    append.batches = {const_cast<char*>(data.records->data()), data.records->size()};
    append.quick_bytes_max = quick_bytes_left_;
    return AppendTo(led.partition, append, answer);
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

  ErrorCode AppendTo(const broker::PartitionRef& partition, const storage::AppendRequest& append,
                     PartitionAnswer* answer) {
    const storage::AppendResult result = partition->log().Append(append);
    if (result.error == storage::AppendError::kTakesLong) return Defer(partition, append, answer);
    quick_bytes_left_ -= std::min(quick_bytes_left_, result.decompressed_bytes);
    return Tell(partition, result, answer);
  }

  ErrorCode Tell(const broker::PartitionRef& partition, const storage::AppendResult& result,
                 PartitionAnswer* answer) {
    if (TellsLogStart(result)) answer->log_start_offset = result.log_start_offset;
    if (result.error != storage::AppendError::kNone) {
      AddRecordErrors(result, answer);
      return ErrorFrom(result.error);
    }
    answer->base_offset = result.base_offset;
    answer->log_append_time_ms = result.log_append_time_ms;
    if (request_.acks == -1) wait_.Add(partition, result, &answer->error_code);
    return ErrorCode::kNone;
  }

  ErrorCode Defer(const broker::PartitionRef& partition, storage::AppendRequest append,
                  PartitionAnswer* answer) {
    append.quick_bytes_max = std::nullopt;
    long_ = std::make_unique<LongAppend>(LongAppend{partition, append, answer, {}});
    quick_bytes_left_ = 0;
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
  ProduceWait wait_;
  size_t quick_bytes_left_;
  ErrorCode refused_ = ErrorCode::kNone;  // the request as a whole
  bool failed_ = false;
  size_t topic_ = 0;  // where it is in the request
  size_t entry_ = 0;
  std::unique_ptr<LongAppend> long_;  // what it stopped at
};

// What takes long goes to a worker: one batch at a time, behind those of other connections, so that
// their memory is that of the threads.
void Proceed(ProduceCall&& call, Responder<ProduceResponse>&& respond) {
  wire::Exchange& exchange = respond.context().exchange();
  const bool was_held = call.has_stopped();
  if (call.Run()) {
    if (was_held) exchange.BeginNext();
    return std::move(call).Answer(std::move(respond));
  }
  exchange.HoldNext();
  Workers& workers = *respond.context().cluster().env().workers;
  auto append = [call = std::make_unique<ProduceCall>(std::move(call)),
                 respond = std::move(respond)]() mutable {
    call->AppendLong();
    Scheduler& loop = respond.context().exchange().scheduler();
    loop.Post([call = std::move(call), respond = std::move(respond)]() mutable {
      Proceed(std::move(*call), std::move(respond));
    });
  };
  workers.Post(Workers::Lane::kHeavy, std::move(append));
}

}  // namespace

void HandleProduce(RequestContext& context, const ProduceRequest& request,
                   Responder<ProduceResponse> respond) {
  Proceed(ProduceCall(context, request), std::move(respond));
}

}  // namespace odradek::api
