#include "core/train/training_setup.h"

#include "core/data/open_progress.h"
#include "core/models/generative_model.h"
#include "core/models/objective.h"
#include "core/train/saver.h"
#include "core/train/trainer.h"

namespace imago {

Result<TrainingSetup> openTraining(const TrainRequest& request, const EngineSettings& settings, JobContext& context) {
    TrainingSetup setup;
    setup.request = request;
    if (request.device == "auto") setup.request.device = settings.device;
    if (request.threads == "auto") setup.request.threads = settings.threads;
    IMAGO_ASSIGN(setup.start, resolveRunStart(setup.request));
    IMAGO_ASSIGN(setup.sections, trainingSections(setup.start.config));
    const RunStart& start = setup.start;
    const DataSection& section = setup.sections.data;
    DatasetOptions options;
    // Pictures of their own size keep the one that the run began with, whatever has come to the folder since.
    options.resolution = section.resolution > 0 ? section.resolution : start.side;
    options.pad = section.fit == "pad";
    IMAGO_ASSIGN(options.ground, parseGround(section.ground));
    options.memoryBudget = std::uint64_t(section.memoryMb) << 20;
    options.progress = openProgress(context, IMAGO_TR("Reading the pictures"));
    IMAGO_ASSIGN(setup.data, openDataset(start.data, options));
    if (!start.manifestHash.empty() && start.manifestHash != setup.data->manifestHash())
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The pictures in {data} are not the ones that this run was started with."),
                     {{"data", start.data}},
                     IMAGO_TR("Bring the earlier pictures back, or start a branch of the run with the present ones.")};
    return setup;
}

Result<void> makeReady(TrainingSetup& setup) {
    RunStart& start = setup.start;
    std::optional<WarmStart> warm;
    if (wantsWarmStart(setup.request, start, *setup.data)) {
        IMAGO_ASSIGN(warm, findWarmStart(start, *setup.data));
    }
    if (warm) {
        setup.warmStart = warm->name();
        setup.warmNetwork = warm->otherNetwork;
        start.config = warm->config;
        start.parent = {{"kind", "fine-tune"}, {"model", warm->file.string()}, {"automatic", true}};
    }
    IMAGO_ASSIGN(setup.learner,
                 makeLearner(start.family, start.config, setup.data, start.seed, start.device, warm ? std::move(warm->model) : nullptr));
    Trainer& trainer = *setup.learner.trainer;
    trainer.parts().setAutomatic(!start.explicitBatch);
    if (start.checkpoint) {
        IMAGO_TRY(restoreCheckpoint(*setup.learner.model, *start.checkpoint));
        trainer.restore(start.checkpoint->step, start.checkpoint->state);
    } else if (!setup.request.resume && startsFromAModel(setup.request)) {
        IMAGO_TRY(adoptWeights(*setup.learner.model, setup.request.initFrom));
    }
    return {};
}

Error startSentence(const TrainingSetup& setup) {
    const TrainRequest& request = setup.request;
    if (setup.start.checkpoint || request.resume) return {ErrorCode::Internal, ""};  // it goes on from what was learned
    const std::size_t count = setup.data->size();
    const auto say = [&](const char* text, const std::string& model = {}) {
        return Error{ErrorCode::Internal, text, {{"count", std::to_string(count)}, {"model", model}}};
    };
    if (!setup.warmStart.empty())
        return say(IMAGO_TR("{count} pictures: starts from {model}, which already knows shapes and colours; may repeat your pictures."),
                   setup.warmStart);
    if (startsFromAModel(request)) return say(IMAGO_TR("{count} pictures: starts from {model}."), request.initFrom);
    if (count < kFewPictures) return say(IMAGO_TR("{count} pictures: expect variations of your pictures."));
    if (count > kSmallSet) return say(IMAGO_TR("{count} pictures: learns from scratch."));
    if (wantsWarmStart(request, setup.start, *setup.data))
        return say(IMAGO_TR("{count} pictures, and no shipped model has this network: learns from scratch; may repeat your pictures."));
    return say(IMAGO_TR("{count} pictures: learns from scratch; may repeat your pictures."));
}

std::vector<Notice> startNotices(const TrainingSetup& setup) {
    const RunStart& start = setup.start;
    const Dataset& data = *setup.data;
    const std::int64_t step = setup.learner.trainer->counters.step;
    std::vector<Notice> notices;
    const auto say = [&](NoticeLevel level, const char* id, Error text) { notices.push_back({level, id, std::move(text), step}); };
    const auto tell = [&](const char* id, const char* text, std::vector<std::pair<std::string, std::string>> arguments = {}) {
        say(NoticeLevel::Info, id, {ErrorCode::Internal, text, std::move(arguments)});
    };
    for (const SkippedCheckpoint& skipped : start.skipped)
        say(NoticeLevel::Warning, "resumed",
            {ErrorCode::Disk,
             IMAGO_TR("The checkpoint of step {step} was passed over: {why}"),
             {{"step", std::to_string(skipped.step)}, {"why", skipped.reason.text()}}});
    if (!start.otherMachine.empty())
        tell("resumed", IMAGO_TR("The run was started with {before}; from here on the last bits may differ."),
             {{"before", start.otherMachine}});
    if (setup.request.resume)
        tell("resumed", IMAGO_TR("Going on from step {step}."), {{"step", std::to_string(step)}});
    else if (start.checkpoint)
        tell("branched", IMAGO_TR("A branch of {run} at step {step}."),
             {{"run", start.parent.value("run", std::string())}, {"step", std::to_string(step)}});
    if (start.extended) tell("extended", IMAGO_TR("The planned end has changed."));

    if (const auto& skipped = data.skipped(); !skipped.empty())
        say(NoticeLevel::Warning, "data",
            {ErrorCode::BadInput,
             IMAGO_TR("{count} files could not be used. The first: {name}: {why}"),
             {{"count", std::to_string(skipped.size())}, {"name", skipped[0].name}, {"why", skipped[0].reason.text()}}});
    if (setup.request.resume) return notices;
    for (Error& sentence : data.report().sentences()) say(NoticeLevel::Info, "data_report", std::move(sentence));
    if (!data.resident()) tell("data_report", IMAGO_TR("The pictures do not fit in memory and are read from the disk while it learns."));
    if (setup.warmNetwork)
        tell("small_set", IMAGO_TR("The size and shape of the network are those of {model}, whatever the preset says."),
             {{"model", setup.warmStart}});
    if (data.size() <= kSmallSet && !start.checkpoint) say(NoticeLevel::Info, "small_set", startSentence(setup));
    return notices;
}

}  // namespace imago
