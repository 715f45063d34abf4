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
    virtual Result<JobId> submit(const Request& request) = 0;   // binds the config: a bad field comes back as an Error with its key
    virtual void pause(JobId job) = 0;
    virtual void resume(JobId job) = 0;
    virtual void stop(JobId job) = 0;
    virtual void stopWithoutSaving(JobId job) = 0;
    virtual void cancel(JobId job) = 0;
    virtual void control(JobId job, const std::string& verb, const Json& argument) = 0;  // "live", "sample_now", "save_now"
    virtual void setWake(std::function<void()> wake) = 0;       // called from an engine thread
    virtual void drain(std::vector<Event>& events) = 0;
    virtual bool idle() const = 0;
    virtual void waitIdle() = 0;
    virtual std::string deviceSummary() const = 0;              // "CPU, 2 threads, bf16"
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
