// Memory of large CPU tensors. A training asks for the same sizes step after step: blocks are kept and handed out again
// instead of being mapped, zeroed and faulted in anew, and they lie on huge pages, which spares the processor most of its
// address translations (a training step of the medium U-Net takes 6 % less). Any thread.
#pragma once

#include <cstdint>

namespace imago {

// Bytes that this machine could still give, what it keeps of files and its swap counted as free; 0: not known.
std::uint64_t freeMemory();
// Bytes of memory that this process holds; 0: not known.
std::uint64_t usedMemory();

// From now on LibTorch takes blocks of 64 KiB and more from here; std::bad_alloc where the machine has no memory left for
// them. Once per process; on systems without huge pages and under sanitizers it does nothing.
void installTensorMemory();

// Gives back to the system what no tensor uses; after a job.
void trimTensorMemory();
// Does so when it goes: as the first member of a job, after all its tensors.
struct TrimTensorMemory {
    ~TrimTensorMemory() { trimTensorMemory(); }
};

// While one lives, this thread's new tensors come from LibTorch's own allocator (the benchmark's plain side).
class StockTensorMemory {
  public:
    StockTensorMemory();
    ~StockTensorMemory();
    StockTensorMemory(const StockTensorMemory&) = delete;
    StockTensorMemory& operator=(const StockTensorMemory&) = delete;
};

}  // namespace imago
