// Writer: puts an encoded message into one buffer of exactly the size a Sizer counted. Slices of
// record sets are not copied: they are spliced into the chain that TakeChain() gives.
//
// Owner: the caller. Thread: one at a time. Requires: no more is written than `buffer_size` said;
// writing past the end is a CHECK failure, not an error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "base/check.h"
#include "base/endian.h"
#include "base/slice.h"
#include "base/varint.h"
#include "protocol/wire/sink.h"

namespace odradek::wire {

// The buffer of an encoded answer, kept alive by the slices that view it.
class EncodedBuffer final : public RefCounted {
 public:
  // One allocation holds the object and its bytes.
  static odradek::Ref<EncodedBuffer> Make(size_t size_bytes);
  char* data() { return reinterpret_cast<char*>(this + 1); }
  size_t size() const { return size_bytes_; }

 protected:
  void Release() const override;

 private:
  explicit EncodedBuffer(size_t size_bytes) : size_bytes_(size_bytes) {}
  ~EncodedBuffer() override = default;

  const size_t size_bytes_;
};

class Writer : public SinkBase<Writer> {
 public:
  // Into a buffer of its own, which the slices keep alive, for `sizer.buffer_size()` bytes.
  explicit Writer(size_t buffer_size);
  // Into `buffer`, of exactly that size; the slices are added to *chain, without an owner.
  Writer(std::span<char> buffer, ByteChain* chain);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Puts what is left into the chain. Requires: the buffer is exactly full. To be called once.
  void Finish();
  // Finishes and gives everything written, in order. Requires: no chain was given.
  ByteChain TakeChain();

 private:
  friend class SinkBase<Writer>;

  template <class T>
  void PutBig(T value) {
    StoreBig(Take(sizeof(T)), value);
  }
  void PutUvarint(uint32_t value) { odradek::PutUvarint(Take(UvarintSize(value)), value); }
  void PutRaw(std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(Take(bytes.size()), bytes.data(), bytes.size());
  }
  void PutRecords(const RecordSet& records);

  char* Take(size_t size) {
    CHECK(size <= static_cast<size_t>(end_ - at_));
    char* place = at_;
    at_ += size;
    return place;
  }
  // Moves what was written since the last splice into the chain.
  void CloseRun();

  Ref<EncodedBuffer> buffer_;  // empty: the caller's
  ByteChain own_chain_;
  ByteChain* chain_ = &own_chain_;
  char* at_;
  char* end_;
  char* run_begin_;
};

// A message alone, without header, as a chain.
template <class Message>
ByteChain EncodeToChain(int16_t version, const Message& message) {
  Sizer sizer;
  Encode(sizer, version, message);
  Writer writer(sizer.buffer_size());
  Encode(writer, version, message);
  return writer.TakeChain();
}

}  // namespace odradek::wire
