// A model as people name it, the same wherever one is asked for (training's --init, sampling, measuring, compressing):
//   FILE      a model file
//   RUN       a run's folder: its newest weights, of a checkpoint or a snapshot, whichever is later (of one step: the checkpoint)
//   RUN@STEP  exactly those of that step
//   NAME      a model that comes with Imago ("emoji-gan")
// What lies on the disk under that name comes before what comes with Imago. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace imago {

// "RUN" or "RUN@STEP", taken apart; nothing has to be there. A folder that is called so with its "@" is meant itself.
// (What goes on as that run, a branch, needs a checkpoint: a snapshot has no state to go on from.)
struct RunReference {
    std::filesystem::path run;
    std::optional<std::int64_t> step;
};
RunReference parseRunReference(const std::string& text);

// The files that the name may stand for, best first. Never empty when ok.
Result<std::vector<std::filesystem::path>> modelFiles(const std::string& reference);
// Hands them to `read`, best first, until it takes one: damaged ones are passed over, with a warning in the log. The best one's
// error when it takes none.
Result<void> readBestModel(const std::string& reference, const std::function<Result<void>(const std::filesystem::path&)>& read);

}  // namespace imago
