// RecordSet: the record batches inside a response, never copied by the codec if they are slices.
//
// One of: null, one view of memory (copied into the answer when it is encoded), or a list of
// slices (spliced into the answer: file ranges stay file ranges). The set owns nothing: the view,
// the list of slices and what they point to must outlive the encoding of the message; the owners
// named inside the slices are shared with the encoded answer.
// Thread: a plain value.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/slice.h"

namespace odradek {

class RecordSet {
 public:
  RecordSet() = default;  // null
  static RecordSet Memory(std::string_view bytes) {
    RecordSet set;
    set.memory_ = bytes;
    set.size_ = bytes.size();
    set.null_ = false;
    return set;
  }
  static RecordSet Empty() { return Memory({}); }
  static RecordSet Slices(std::span<const Slice> slices) {
    RecordSet set;
    set.slices_ = slices;
    for (const Slice& slice : slices) set.size_ += slice.size;
    set.null_ = false;
    return set;
  }

  bool is_null() const { return null_; }
  size_t size() const { return size_; }  // bytes; 0 if null
  // The bytes, unless this is a list of slices.
  std::string_view memory() const { return memory_; }
  std::span<const Slice> slices() const { return slices_; }

  // The same bytes in memory. A set that lies in files equals nothing, also not itself.
  friend bool operator==(const RecordSet& a, const RecordSet& b);

 private:
  std::string_view memory_;
  std::span<const Slice> slices_;
  size_t size_ = 0;
  bool null_ = true;
};

}  // namespace odradek
