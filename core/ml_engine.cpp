#include "core/ml_engine.h"

#include <charconv>

#include "core/data/inspect_job.h"
#include "core/evaluate/calibrate_job.h"
#include "core/evaluate/evaluate_job.h"
#include "core/evaluate/sweep_job.h"
#include "core/evaluate/worth_job.h"
#include "core/nn/yield_point.h"
#include "core/sample/compress_job.h"
#include "core/sample/model_cache.h"
#include "core/sample/sample_job.h"
#include "core/tensor/device.h"
#include "core/tensor/thread_policy.h"
#include "core/train/preflight.h"
#include "core/train/train_job.h"

namespace imago {

namespace {

int threadNumber(const std::string& text) {  // 0: auto
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::string summaryOf(const std::string& wanted) {
    const auto device = parseDevice(wanted);
    if (!device.ok()) return device.error().text();
    std::string text = deviceName(*device);
    if (!device->isCuda()) text += cpuFeatures().avx512Bf16 || cpuFeatures().amxBf16 ? ", bf16" : ", fp32";
    return text;
}

}  // namespace

std::vector<JobMaker> mlJobs(const EngineSettings& settings) {
    const auto models = std::make_shared<ModelCache>(settings.device);
    return {
        jobMaker<TrainRequest>([settings](const auto& r) { return makeTrainJob(r, settings); }),
        jobMaker<PreflightRequest>([settings](const auto& r) { return makePreflightJob(r, settings); }),
        jobMaker<SampleRequest>([models](const auto& r) { return makeSampleJob(r, *models); }),
        jobMaker<EvaluateRequest>([models](const auto& r) { return makeEvaluateJob(r, *models); }),
        jobMaker<CalibrateRequest>([](const auto& r) { return makeCalibrateJob(r); }),
        jobMaker<WorthRequest>([models](const auto& r) { return makeWorthJob(r, *models); }),
        jobMaker<SweepRequest>([models](const auto& r) { return makeSweepJob(r, *models); }),
        jobMaker<InspectDataRequest>([](const auto& r) { return makeInspectDataJob(r); }),
        jobMaker<CompressRequest>([models](const auto& r) { return makeCompressJob(r, *models); }),
    };
}

std::unique_ptr<Studio> makeStudio(const StudioOptions& options) {
    if (options.startThreads) prepareProcessForTensors();
    EngineSetup setup;
    setup.jobs = mlJobs({options.device, options.threads});
    setup.onComputeThreadStart = [threads = options.threads] {
        prepareComputeThread();
        ThreadPolicy(threadNumber(threads)).poll();
    };
    setup.sliceScope = [](JobContext& context) { return std::make_shared<nn::YieldScope>([&context] { context.yield(); }); };
    setup.deviceSummary = [device = options.device] { return summaryOf(device); };
    setup.startThreads = options.startThreads;
    return makeEngineStudio(std::move(setup));
}

}  // namespace imago
