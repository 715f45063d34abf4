// The facade: all that the UI and the command line see of the engine. Plain values in, plain values out.
// The engine is one module opened at run time; schemas and requests need neither it nor LibTorch.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/engine/event.h"
#include "core/engine/request.h"

namespace imago {

class Studio {
  public:
    virtual ~Studio() = default;
    // Checks values at once (a bad field comes back as an Error with its key); files are looked at by the job, on its lane.
    // A job that has not begun gives way to a newer one with the same non-empty key, which the asker chooses.
    virtual Result<JobId> submit(const Request& request, const std::string& key = {}) = 0;
    virtual void pause(JobId job) = 0;
    virtual void resume(JobId job) = 0;
    virtual void stop(JobId job) = 0;
    virtual void stopWithoutSaving(JobId job) = 0;
    virtual void cancel(JobId job) = 0;
    // The newest value of a slot, before the job's next slice: a live setting of a training, what a slider of a session says.
    virtual void update(JobId job, const std::string& slot, const Json& value) = 0;
    virtual void control(JobId job, const std::string& verb, const Json& argument) = 0;  // "sample_now", "save_now"
    virtual void setWake(std::function<void()> wake) = 0;                                // called from an engine thread
    virtual void drain(std::vector<Event>& events) = 0;
    virtual bool idle() const = 0;
    virtual void waitIdle() = 0;
    virtual std::string deviceSummary() const = 0;  // "CPU, 2 threads, bf16"
};

struct StudioOptions {
    std::string device = "auto";
    std::string threads = "auto";
    bool startThreads = true;
};

// Opens the engine module beside the program (libimago_engine.so) and makes a Studio. Slow (0.5-1 s): after first paint.
Result<std::unique_ptr<Studio>> openEngine(const StudioOptions& options, const std::filesystem::path& module = {});

// The C factory that the module exports: returns a new Studio, owned by the caller.
using StudioFactory = Studio* (*)(const StudioOptions* options);
constexpr const char* kStudioFactoryName = "imago_create_studio";

}  // namespace imago
