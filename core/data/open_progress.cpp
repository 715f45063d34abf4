#include "core/data/open_progress.h"

namespace imago {

std::function<bool(std::size_t, std::size_t)> openProgress(JobContext& context, const char* stage) {
    constexpr double kTellEvery = 0.1;  // seconds
    return [&context, stage, told = -1.0](std::size_t done, std::size_t total) mutable {
        if (const double now = context.nowSeconds(); now - told > kTellEvery) {
            told = now;
            context.emit(JobProgress{static_cast<std::int64_t>(done), static_cast<std::int64_t>(total), 0, -1, stage});
        }
        context.yield();
        return !context.stopRequested() && !context.discardRequested() && !context.cancelRequested();
    };
}

}  // namespace imago
