// New pages cost what the machine makes them cost: where the host of a virtual machine takes free
// memory back, one that comes back takes longer than all else that is done to its bytes. Who is
// measured first would pay for all.
//
// Thread: any.
#pragma once

#include <cstdint>

namespace odradek::bench {

// Has the kernel hold so much free memory that was in use a moment ago.
void HaveFreePages(int64_t bytes);

}  // namespace odradek::bench
