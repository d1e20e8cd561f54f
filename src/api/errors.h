// Where outcomes of the storage engine become Kafka's error codes; the only such place.
#pragma once

#include "base/result.h"
#include "protocol/errors.h"
#include "storage/log_store.h"

namespace odradek::api {

ErrorCode ErrorFrom(storage::AppendError error);
// Of a partition that could not be opened, read or trimmed.
ErrorCode ErrorFrom(const Status& status);

}  // namespace odradek::api
