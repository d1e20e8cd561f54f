// New pages cost what the machine makes them cost: where the host of a virtual machine takes free
// memory back, one that comes back takes longer than all else that is done to its bytes. Who is
// measured first would pay for all.
//
// Thread: any.
#pragma once

#include <cstdint>

namespace odradek::bench {

// Has the kernel hold so much free memory that was in use a moment ago, for the server's core: what
// a core frees waits in a list of its own, up to 1 GiB. Once as single pages, for files in memory,
// and once as large blocks, for those of a file system.
void HaveFreePages(int64_t bytes);

}  // namespace odradek::bench
