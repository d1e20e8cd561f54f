// Batches as producers send them. For tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/env/clock.h"
#include "protocol/records/batch_builder.h"

namespace odradek::storage {

struct ProducerFields {
  int64_t id = records::kNoProducerId;
  int16_t epoch = records::kNoProducerEpoch;
  int32_t sequence = records::kNoSequence;
  bool transactional = false;
};

inline records::BatchBuilder BuilderOf(const ProducerFields& producer, records::Codec codec) {
  return records::BatchBuilder({.codec = codec,
                                .producer_id = producer.id,
                                .producer_epoch = producer.epoch,
                                .base_sequence = producer.sequence,
                                .transactional = producer.transactional});
}

inline std::string BatchOf(const Clock& clock, const std::vector<std::string>& values,
                           const ProducerFields& producer = {},
                           records::Codec codec = records::Codec::kNone) {
  records::BatchBuilder builder = BuilderOf(producer, codec);
  for (const std::string& value : values) builder.Add(clock.WallMs(), "key", value);
  return std::move(builder.Finish()).value();
}

}  // namespace odradek::storage
