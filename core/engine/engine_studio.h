// EngineStudio: the facade over a worker and a mailbox. What it can do is a list of job makers that the composition root hands
// to it: a build without LibTorch or OpenCV has a shorter one. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/engine/worker.h"
#include "core/studio.h"

namespace imago {

// How a request of one kind becomes a job. Checks values only: it runs on the asker's thread and reads no file.
struct JobMaker {
    std::string kind;
    std::function<Result<std::unique_ptr<Job>>(const Request&)> make;
};

template <class R, class Make>
JobMaker jobMaker(Make make) {
    return {R::kind, [make = std::move(make)](const Request& request) { return make(std::get<R>(request)); }};
}

struct EngineSetup {
    std::vector<JobMaker> jobs;
    std::function<void()> onComputeThreadStart;
    Worker::SliceScope sliceScope;
    std::function<std::string()> deviceSummary;
    bool startThreads = true;
};

std::unique_ptr<Studio> makeEngineStudio(EngineSetup setup);

}  // namespace imago
