#include "core/evaluate/worth_job.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/data/open_progress.h"
#include "core/data/sources.h"
#include "core/engine/on_io.h"
#include "core/evaluate/measuring.h"
#include "core/evaluate/picture_maker.h"
#include "core/models/classifier/classifier.h"
#include "core/models/family.h"
#include "core/models/objective.h"
#include "core/models/sampled.h"
#include "core/nn/parameters.h"
#include "core/nn/torch_pch.h"
#include "core/nn/yield_point.h"
#include "core/train/learner.h"
#include "core/train/trainer.h"

namespace imago {

using namespace evaluate;

namespace {

// Pictures that each classifier is shown (both learn for the same time), or each of them so many times where they are few.
constexpr std::int64_t kMostSeen = 200'000, kTimes = 40;
constexpr std::int64_t kReadAtOnce = 500;

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

class WorthJob final : public Job {
  public:
    WorthJob(WorthRequest request, ModelCache& models) : m_request(std::move(request)), m_models(models) {}

    std::string kind() const override { return WorthRequest::kind; }
    std::string title() const override { return IMAGO_TR("Measuring what the labelled pictures are worth"); }
    Result<Slice> step(JobContext& context) override;
    Result<Json> finish(FinishReason reason, JobContext& context) override;

  private:
    enum class Stage { Open, Sample, LearnReal, LearnBoth };

    Result<void> openModel();
    Result<void> begin(Reference reference);
    Result<Learner> pupil(bool withMade) const;
    Result<bool> learnSome();  // true: there is more to learn
    double accuracy();
    void report(JobContext& context);

    WorthRequest m_request;
    ModelCache& m_models;
    Stage m_stage = Stage::Open;
    std::shared_ptr<CachedModel> m_model;
    OnIo<Reference> m_opening;
    std::optional<PictureMaker> m_maker;
    PictureSet m_test, m_tenth, m_made;
    std::vector<std::string> m_classNames;
    std::vector<int> m_classOf;            // of the model's classes: the data's
    std::int64_t m_seen = 0, m_steps = 0;  // of each classifier
    int m_batch = 0;
    Learner m_pupil;
    Json m_result = Json::object();
    double m_started = -1, m_reported = -1;
};

Result<void> WorthJob::openModel() {
    IMAGO_TRY(refusePictureFolder(m_request.model));
    IMAGO_ASSIGN(m_model, m_models.get(m_request.model));
    const ModelFileInfo& info = m_model->loaded.info;
    IMAGO_ASSIGN(const FamilyInfo* family, findFamilyInfo(info.family));
    if (!family->abilities.generates || !learnedClasses(info))
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("This model makes no pictures of a class that is asked for."),
                     {},
                     IMAGO_TR("Train one on data with classes, with “Learn the classes” on."),
                     "model"};
    IMAGO_ASSIGN(m_request.settings, completeFromText(family->sampling, m_request.settings));
    return {};
}

Result<void> WorthJob::begin(Reference reference) {
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

    const DataShape& shape = m_model->loaded.info.shape;
    IMAGO_TRY(checkSameSize(shape, m_test));
    for (const std::string& name : shape.classNames) {
        const auto found = std::find(m_classNames.begin(), m_classNames.end(), name);
        if (found == m_classNames.end())
            return Error{
                ErrorCode::BadInput, IMAGO_TR("The model's class “{class}” is none of the data's."), {{"class", name}}, {}, "data"};
        m_classOf.push_back(static_cast<int>(found - m_classNames.begin()));
    }
    m_maker.emplace(
        m_model, m_request.settings, m_request.seed, m_request.count,
        [count = static_cast<std::int64_t>(m_classOf.size())](std::int64_t picture) { return static_cast<int>(picture % count); });
    m_seen = std::min(kMostSeen, kTimes * (m_tenth.count + m_request.count));
    m_batch = static_cast<int>(std::clamp<std::int64_t>(m_tenth.count / 8, 16, classifier::ClassifierConfig().optimizer.batch));
    m_steps = std::max<std::int64_t>(1, m_seen / m_batch);
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

Result<Learner> WorthJob::pupil(bool withMade) const {
    DatasetContents contents;
    contents.spec = m_request.data;
    contents.shape = {m_tenth.channels, m_tenth.height, m_tenth.width, m_classNames};
    for (const PictureSet* set : {&m_tenth, &m_made}) {
        if (set == &m_made && !withMade) break;
        contents.pixels.insert(contents.pixels.end(), set->pixels.begin(), set->pixels.end());
        contents.classes.insert(contents.classes.end(), set->classes.begin(), set->classes.end());
    }
    contents.hashes.resize(contents.classes.size());
    classifier::ClassifierConfig config;
    config.optimizer.batch = m_batch;
    config.optimizer.warmupSteps = static_cast<int>(std::min<std::int64_t>(config.optimizer.warmupSteps, m_steps / 10));
    return makeLearner("classifier", toJson(config), std::make_shared<const Dataset>(std::move(contents)), m_request.seed,
                       m_model->model().parameters().device());
}

Result<bool> WorthJob::learnSome() {
    if (!m_pupil.trainer) {
        IMAGO_ASSIGN(m_pupil, pupil(m_stage == Stage::LearnBoth));
    }
    const torch::AutoGradMode learn(true);
    Trainer& trainer = *m_pupil.trainer;
    trainer.step(static_cast<double>(trainer.counters.step) / static_cast<double>(m_steps), 1, 0);
    if (trainer.rowsFull()) trainer.dropRows();
    return trainer.counters.step < m_steps;
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
    switch (m_stage) {
        case Stage::Open: {
            if (!m_model) IMAGO_TRY(openModel());
            if (!m_opening.begun()) {
                IMAGO_ASSIGN(DatasetOptions options, optionsOf(m_model->loaded.info));
                options.progress = openProgress(context, IMAGO_TR("Reading the real pictures"));
                m_opening.begin(context, [data = m_request.data, options] { return openReference(data, 1'000'000, kSetSeed, options); });
            }
            std::optional<Result<Reference>> reference = m_opening.take();
            if (!reference) return Slice::Waiting;
            if (!*reference) return std::move(reference->error());
            IMAGO_TRY(begin(std::move(**reference)));
            m_stage = Stage::Sample;
            break;
        }
        case Stage::Sample: {
            IMAGO_ASSIGN(const bool more, m_maker->advance());
            if (more) break;
            m_made = m_maker->takePictures();
            for (std::int64_t i = 0; i < m_made.count; ++i)
                m_made.classes.push_back(m_classOf[static_cast<std::size_t>(i) % m_classOf.size()]);
            m_stage = Stage::LearnReal;
            break;
        }
        case Stage::LearnReal: {
            IMAGO_ASSIGN(const bool more, learnSome());
            if (more) break;
            m_result["accuracy_real"] = accuracy();
            m_stage = Stage::LearnBoth;
            break;
        }
        case Stage::LearnBoth: {
            IMAGO_ASSIGN(const bool more, learnSome());
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
    const std::int64_t steps = m_pupil.trainer ? m_pupil.trainer->counters.step * 1000 / m_steps : 0;
    JobProgress progress;
    progress.total = 3000;
    progress.done = m_stage == Stage::Open     ? 0
                    : m_stage == Stage::Sample ? m_maker->pictures().count * 1000 / m_request.count
                                               : (m_stage == Stage::LearnReal ? 1000 : 2000) + steps;
    progress.stage = m_stage == Stage::LearnReal   ? IMAGO_TR("Learning from a tenth of the real pictures")
                     : m_stage == Stage::LearnBoth ? IMAGO_TR("Learning from these and the made ones")
                                                   : IMAGO_TR("Making pictures");
    context.emit(progress);
}

Result<Json> WorthJob::finish(FinishReason reason, JobContext& context) {
    if (reason != FinishReason::Done) return Json::object();
    m_result["seconds"] = context.nowSeconds() - m_started;
    return m_result;
}

}  // namespace

Result<std::unique_ptr<Job>> makeWorthJob(const WorthRequest& request, ModelCache& models) {
    return std::unique_ptr<Job>(std::make_unique<WorthJob>(request, models));
}

}  // namespace imago
