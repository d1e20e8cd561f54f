#include "protocol/wire/writer.h"

#include <new>

namespace odradek::wire {

Ref<EncodedBuffer> EncodedBuffer::Make(size_t size_bytes) {
  void* memory = ::operator new(sizeof(EncodedBuffer) + size_bytes);
  return odradek::Ref<EncodedBuffer>::Adopt(new (memory) EncodedBuffer(size_bytes));
}

void EncodedBuffer::Release() const {
  this->~EncodedBuffer();
  ::operator delete(const_cast<EncodedBuffer*>(this));
}

Writer::Writer(size_t buffer_size)
    : buffer_(EncodedBuffer::Make(buffer_size)),
      at_(buffer_->data()),
      end_(at_ + buffer_size),
      run_begin_(at_) {}

Writer::Writer(std::span<char> buffer, ByteChain* chain)
    : chain_(chain), at_(buffer.data()), end_(at_ + buffer.size()), run_begin_(at_) {}

void Writer::CloseRun() {
  chain_->Append(Slice::Memory({run_begin_, static_cast<size_t>(at_ - run_begin_)}, buffer_));
  run_begin_ = at_;
}

void Writer::PutRecords(const RecordSet& records) {
  PutRaw(records.memory());
  if (records.slices().empty()) return;
  CloseRun();
  for (const Slice& slice : records.slices()) chain_->Append(slice);
}

void Writer::Finish() {
  CHECK(at_ == end_);
  CloseRun();
}

ByteChain Writer::TakeChain() {
  CHECK(chain_ == &own_chain_);
  Finish();
  return std::move(own_chain_);
}

}  // namespace odradek::wire
