#include "core/evaluate/worth_job.h"

#include <algorithm>
#include <cmath>

#include "core/data/dataset.h"
#include "core/data/sources.h"
#include "core/evaluate/reference.h"
#include "core/image/image.h"
#include "core/models/classifier/classifier.h"
#include "core/models/classifier/objective.h"
#include "core/models/family.h"
#include "core/models/sampled.h"
#include "core/nn/parameters.h"
#include "core/nn/torch_pch.h"
#include "core/nn/yield_point.h"
#include "core/sample/model_cache.h"
#include "core/tensor/tensor_image.h"
#include "core/train/trainer.h"

namespace imago {

using namespace evaluate;

namespace {

constexpr std::int64_t kSampleBatch = 250;
// Pictures that each classifier is shown (both learn for the same time), or every one so often where they are few.
constexpr std::int64_t kMostSeen = 200'000, kTimes = 40;
constexpr std::int64_t kReadAtOnce = 500;
constexpr std::uint64_t kSetSeed = 0;  // which real pictures, as in EvaluateJob

void cut(PictureSet& set, std::int64_t count) {
    set.count = count;
    set.pixels.resize(static_cast<std::size_t>(count * set.bytesEach()));
    set.classes.resize(static_cast<std::size_t>(count));
}

void dropUnlabelled(PictureSet& set) {
    std::int64_t kept = 0;
    for (std::int64_t i = 0; i < set.count; ++i) {
        const int label = set.classes[static_cast<std::size_t>(i)];
        if (label < 0) continue;
        if (kept != i) std::copy_n(set.picture(i), set.bytesEach(), set.picture(kept));
        set.classes[static_cast<std::size_t>(kept++)] = label;
    }
    cut(set, kept);
}

// One classifier in training, and what it learns from.
struct Pupil {
    std::unique_ptr<GenerativeModel> model;
    std::unique_ptr<Objective> objective;
    std::unique_ptr<Trainer> trainer;
    std::int64_t steps = 0;
};

class WorthJob final : public Job {
  public:
    WorthJob(WorthRequest request, ModelCache& models) : m_request(std::move(request)), m_models(models) {}

    std::string kind() const override { return WorthRequest::kind; }
    std::string title() const override { return IMAGO_TR("Measuring what the labelled pictures are worth"); }
    Result<Slice> step(JobContext& context) override;
    Result<Json> finish(FinishReason reason, JobContext& context) override;

  private:
    enum class Stage { Begin, Sample, LearnReal, LearnBoth };

    Result<void> begin();
    Result<bool> sampleSome();  // false: all are made
    Result<Pupil> pupil(bool withMade) const;
    Result<bool> learnSome();  // false: has learned
    double accuracy();
    void report(JobContext& context);

    WorthRequest m_request;
    ModelCache& m_models;
    Stage m_stage = Stage::Begin;
    std::shared_ptr<CachedModel> m_model;
    std::unique_ptr<SamplingProcess> m_process;
    PictureSet m_test, m_tenth, m_made;
    std::vector<std::string> m_classNames;
    std::vector<int> m_classOf;  // of the model's classes: the data's
    std::int64_t m_seen = 0;
    Pupil m_pupil;
    Json m_result = Json::object();
    double m_started = -1, m_reported = -1;
};

Result<void> WorthJob::begin() {
    IMAGO_ASSIGN(m_model, m_models.get(m_request.model));
    const ModelFileInfo& info = m_model->loaded.info;
    IMAGO_ASSIGN(const DatasetOptions options, optionsOf(info));
    IMAGO_ASSIGN(Reference reference, openReference(m_request.data, 1'000'000, kSetSeed, options));
    m_test = std::move(reference.real);
    m_tenth = std::move(reference.floor);
    m_classNames = reference.classNames;
    if (m_test.classes.empty() || m_classNames.size() < 2)
        return Error{ErrorCode::BadInput, IMAGO_TR("These data have no classes to learn."), {}, {}, "data"};
    // The floor's pictures are in random order: its beginning is a fair tenth.
    cut(m_tenth, std::clamp<std::int64_t>(reference.learnable / 10, 1, m_tenth.count));
    for (PictureSet* set : {&m_test, &m_tenth}) dropUnlabelled(*set);
    if (m_test.count == 0 || m_tenth.count == 0)
        return Error{ErrorCode::BadInput, IMAGO_TR("These data have no classes to learn."), {}, {}, "data"};

    m_made.channels = info.shape.channels, m_made.height = info.shape.height, m_made.width = info.shape.width;
    if (!m_made.sameShape(m_test))
        return Error{ErrorCode::BadInput, IMAGO_TR("The model's pictures are not as large as the data's."), {}, {}, "data"};
    IMAGO_ASSIGN(const FamilyInfo* family, findFamilyInfo(info.family));
    if (family->sampling.params.empty() || !learnedClasses(info))
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("This model makes no pictures of a class that is asked for."),
                     {},
                     IMAGO_TR("Train one on data with classes, with “Learn the classes” on."),
                     "model"};
    for (const std::string& name : info.shape.classNames) {
        const auto found = std::find(m_classNames.begin(), m_classNames.end(), name);
        if (found == m_classNames.end())
            return Error{
                ErrorCode::BadInput, IMAGO_TR("The model's class “{class}” is none of the data's."), {{"class", name}}, {}, "data"};
        m_classOf.push_back(static_cast<int>(found - m_classNames.begin()));
    }
    IMAGO_ASSIGN(m_request.settings, completeFromText(family->sampling, m_request.settings));
    m_seen = std::min(kMostSeen, kTimes * (m_tenth.count + m_request.count));
    m_result = {{"model", printableName(std::filesystem::path(m_request.model).filename().string())},
                {"data", reference.realName},
                {"real", m_tenth.count},
                {"made", m_request.count},
                {"test", m_test.count},
                {"seen", m_seen},
                {"seed", m_request.seed},
                {"settings", m_request.settings}};
    return {};
}

Result<bool> WorthJob::sampleSome() {
    if (!m_process) {
        if (m_made.count >= m_request.count) return false;
        SamplingJobSpec spec;
        for (std::int64_t i = m_made.count; i < std::min<std::int64_t>(m_request.count, m_made.count + kSampleBatch); ++i) {
            spec.seeds.push_back(m_request.seed + static_cast<std::uint64_t>(i));
            spec.classes.push_back(static_cast<int>(i % static_cast<std::int64_t>(m_classOf.size())));
            m_made.classes.push_back(m_classOf[static_cast<std::size_t>(spec.classes.back())]);
        }
        spec.settings = m_request.settings;
        IMAGO_ASSIGN(m_process, m_model->model().beginSampling(spec));
    }
    IMAGO_ASSIGN(const bool more, m_process->advance());
    if (more) return true;
    IMAGO_ASSIGN(const at::Tensor result, finitePictures(*m_process));
    for (const Image& image : imagesOf(result)) {
        m_made.pixels.insert(m_made.pixels.end(), image.data(), image.data() + image.byteCount());
        ++m_made.count;
    }
    m_process.reset();
    return true;
}

Result<Pupil> WorthJob::pupil(bool withMade) const {
    DatasetContents contents;
    contents.spec = m_request.data;
    contents.shape = {m_tenth.channels, m_tenth.height, m_tenth.width, m_classNames};
    for (const PictureSet* set : {&m_tenth, &m_made}) {
        if (set == &m_made && !withMade) break;
        contents.pixels.insert(contents.pixels.end(), set->pixels.begin(), set->pixels.end());
        contents.classes.insert(contents.classes.end(), set->classes.begin(), set->classes.end());
    }
    contents.hashes.resize(contents.classes.size());
    const auto data = std::make_shared<const Dataset>(std::move(contents));

    classifier::ClassifierConfig config;
    config.optimizer.batch = static_cast<int>(std::clamp<std::int64_t>(m_tenth.count / 8, 16, config.optimizer.batch));
    Json json = toJson(config);
    const Device device = m_model->model().parameters().device();
    Pupil out;
    IMAGO_ASSIGN(out.model, classifier::Classifier::make(json, data->shape(), m_request.seed, device));
    IMAGO_ASSIGN(out.objective, classifier::ClassifierObjective::make(json, *out.model));
    TrainerSettings settings = trainerSettings(config.optimizer, config.data);
    out.steps = std::max<std::int64_t>(1, m_seen / settings.batch);
    settings.rate.warmUpSteps = std::min(settings.rate.warmUpSteps, out.steps / 10);
    out.trainer = std::make_unique<Trainer>(*out.model, *out.objective, data, settings, m_request.seed, device);
    return out;
}

Result<bool> WorthJob::learnSome() {
    if (!m_pupil.trainer) {
        IMAGO_ASSIGN(m_pupil, pupil(m_stage == Stage::LearnBoth));
    }
    const torch::AutoGradMode learn(true);
    Trainer& trainer = *m_pupil.trainer;
    trainer.step(static_cast<double>(trainer.counters.step) / static_cast<double>(m_pupil.steps), 1, 0);
    if (trainer.rowsFull()) trainer.dropRows();
    return trainer.counters.step < m_pupil.steps;
}

double WorthJob::accuracy() {
    auto& model = dynamic_cast<classifier::Classifier&>(*m_pupil.model);
    std::int64_t right = 0;
    for (std::int64_t from = 0; from < m_test.count; from += kReadAtOnce) {
        const std::int64_t n = std::min(kReadAtOnce, m_test.count - from);
        const auto reading = model.read(m_test.picture(from), n, m_test.height, m_test.width);
        for (std::int64_t i = 0; i < n; ++i)
            right += reading.classes[static_cast<std::size_t>(i)] == m_test.classes[static_cast<std::size_t>(from + i)];
        nn::yieldNow();
    }
    m_pupil = {};
    return static_cast<double>(right) / static_cast<double>(m_test.count);
}

Result<Slice> WorthJob::step(JobContext& context) {
    const torch::NoGradGuard guard;
    if (m_started < 0) m_started = context.nowSeconds();
    bool more = true;
    switch (m_stage) {
        case Stage::Begin:
            IMAGO_TRY(begin());
            m_stage = Stage::Sample;
            break;
        case Stage::Sample: {
            IMAGO_ASSIGN(more, sampleSome());
            if (!more) m_stage = Stage::LearnReal;
            break;
        }
        case Stage::LearnReal: {
            IMAGO_ASSIGN(more, learnSome());
            if (more) break;
            m_result["accuracy_real"] = accuracy();
            m_stage = Stage::LearnBoth;
            break;
        }
        case Stage::LearnBoth: {
            IMAGO_ASSIGN(more, learnSome());
            if (more) break;
            const double alone = m_result["accuracy_real"].get<double>(), both = accuracy();
            const double variance = (alone * (1 - alone) + both * (1 - both)) / static_cast<double>(m_test.count);
            m_result["accuracy_both"] = both;
            m_result["gain"] = both - alone;
            m_result["error"] = std::sqrt(variance);
            report(context);
            return Slice::Done;
        }
    }
    if (context.nowSeconds() - m_reported >= 0.25) report(context);
    return Slice::More;
}

// The three parts take about as long as each other where sampling is in a few steps.
void WorthJob::report(JobContext& context) {
    m_reported = context.nowSeconds();
    const std::int64_t steps = m_pupil.trainer ? m_pupil.trainer->counters.step * 1000 / m_pupil.steps : 0;
    JobProgress progress;
    progress.total = 3000;
    progress.done = m_stage == Stage::Begin    ? 0
                    : m_stage == Stage::Sample ? m_made.count * 1000 / m_request.count
                                               : (m_stage == Stage::LearnReal ? 1000 : 2000) + steps;
    progress.stage = m_stage == Stage::LearnReal   ? IMAGO_TR("Learning from a tenth of the real pictures")
                     : m_stage == Stage::LearnBoth ? IMAGO_TR("Learning from these and the made ones")
                                                   : IMAGO_TR("Making pictures");
    context.emit(progress);
}

Result<Json> WorthJob::finish(FinishReason reason, JobContext& context) {
    m_process.reset();
    m_pupil = {};
    if (reason != FinishReason::Done) return Json::object();
    m_result["seconds"] = context.nowSeconds() - m_started;
    return m_result;
}

}  // namespace

Result<std::unique_ptr<Job>> makeWorthJob(const WorthRequest& request, ModelCache& models) {
    return std::unique_ptr<Job>(new WorthJob(request, models));
}

}  // namespace imago
