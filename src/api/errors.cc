#include "api/errors.h"

namespace odradek::api {

ErrorCode ErrorFrom(storage::AppendError error) {
  switch (error) {
    case storage::AppendError::kNone:
      return ErrorCode::kNone;
    case storage::AppendError::kCorruptMessage:
      return ErrorCode::kCorruptMessage;
    case storage::AppendError::kNotOneBatch:
    case storage::AppendError::kInvalidRecord:
      return ErrorCode::kInvalidRecord;
    case storage::AppendError::kMessageTooLarge:
      return ErrorCode::kMessageTooLarge;
    case storage::AppendError::kRecordListTooLarge:
      return ErrorCode::kRecordListTooLarge;
    case storage::AppendError::kInvalidTimestamp:
      return ErrorCode::kInvalidTimestamp;
    case storage::AppendError::kUndecodable:
      return ErrorCode::kUnknownServerError;  // what Kafka makes of its own exceptions there
    case storage::AppendError::kOutOfOrderSequence:
      return ErrorCode::kOutOfOrderSequenceNumber;
    case storage::AppendError::kInvalidProducerEpoch:
      return ErrorCode::kInvalidProducerEpoch;
    case storage::AppendError::kInvalidTxnState:
      return ErrorCode::kInvalidTxnState;
    case storage::AppendError::kStorage:
      return ErrorCode::kKafkaStorageError;
    case storage::AppendError::kTakesLong:
      break;  // an answer to who asked for it, not to a client
    case storage::AppendError::kFenced:
      return ErrorCode::kNotLeaderOrFollower;
  }
  UNREACHABLE();
}

ErrorCode ErrorFrom(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
      return ErrorCode::kNone;
    case StatusCode::kNotFound:
      return ErrorCode::kUnknownTopicOrPartition;
    case StatusCode::kInvalid:
      return ErrorCode::kOffsetOutOfRange;
    case StatusCode::kCorrupt:
      return ErrorCode::kCorruptMessage;
    case StatusCode::kExists:
    case StatusCode::kRetriable:
    case StatusCode::kFull:
    case StatusCode::kFatal:
    case StatusCode::kUnknown:
      return ErrorCode::kKafkaStorageError;
  }
  UNREACHABLE();
}

}  // namespace odradek::api
