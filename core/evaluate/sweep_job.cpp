#include "core/evaluate/sweep_job.h"

#include <algorithm>
#include <optional>

#include "core/evaluate/measuring.h"
#include "core/evaluate/picture_maker.h"
#include "core/models/family.h"

namespace imago {

using namespace evaluate;

namespace {

constexpr int kBudgets[] = {2, 4, 6, 8, 10, 18, 35};  // evaluations a picture

// One solver with one number of network evaluations.
struct SweepCase {
    std::string solver;
    int steps = 0, evaluations = 0;
};

std::vector<SweepCase> casesOf(const Param& solver) {
    std::vector<SweepCase> cases;
    for (const Choice& choice : solver.choices)
        for (const int budget : kBudgets) {
            const bool heun = choice.id == "heun";  // two evaluations a step, one in the last
            const int steps = heun ? (budget + 1) / 2 : budget;
            cases.push_back({choice.id, steps, heun ? 2 * steps - 1 : steps});
        }
    return cases;
}

class SweepJob final : public Job {
  public:
    SweepJob(SweepRequest request, MetricChoice metrics, ModelCache& models)
        : m_request(std::move(request)), m_models(models), m_measuring(metrics) {
        m_measuring.tasks.add(IMAGO_TR("Reading the real pictures"), [this](JobContext&) { return openModel(); });
        m_measuring.tasks.addOnIo(IMAGO_TR("Reading the real pictures"), [this](JobContext& context) {
            return m_measuring.openReal(context, m_request.data, m_request.count, m_options);
        });
        m_measuring.tasks.add(IMAGO_TR("Reading the real pictures"), [this](JobContext&) { return begin(); });
    }

    std::string kind() const override { return SweepRequest::kind; }
    std::string title() const override { return IMAGO_TR("Measuring how good the pictures are"); }
    Result<Slice> step(JobContext& context) override { return m_measuring.tasks.step(context); }
    Result<Json> finish(FinishReason reason, JobContext& context) override;

  private:
    Result<void> openModel();
    Result<void> begin();
    void beginCase();
    void makeSome();
    void judgeCase();

    SweepRequest m_request;
    ModelCache& m_models;
    Measuring m_measuring;
    std::shared_ptr<CachedModel> m_model;
    DatasetOptions m_options;
    Json m_settings;
    std::vector<SweepCase> m_cases;  // the one at work in front
    std::optional<PictureMaker> m_maker;
    Measuring::Set m_features;
    Json m_result = Json::object();
};

Result<void> SweepJob::openModel() {
    IMAGO_TRY(refusePictureFolder(m_request.model));
    IMAGO_ASSIGN(m_model, m_models.get(m_request.model));
    const ModelFileInfo& info = m_model->loaded.info;
    IMAGO_ASSIGN(const FamilyInfo* family, findFamilyInfo(info.family));
    const auto& params = family->sampling.params;
    const auto solver = std::find_if(params.begin(), params.end(), [](const Param& p) { return p.key == "solver"; });
    if (solver == params.end())
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("A model of this kind makes its pictures without a solver: there is nothing to compare."),
                     {},
                     {},
                     "model"};
    m_cases = casesOf(*solver);
    IMAGO_ASSIGN(m_settings, completeFromText(family->sampling, m_request.settings));
    IMAGO_ASSIGN(m_options, optionsOf(info));
    return {};
}

Result<void> SweepJob::begin() {
    const Reference& reference = m_measuring.reference;
    IMAGO_TRY(checkSameSize(m_model->loaded.info.shape, reference.real));
    IMAGO_TRY(m_measuring.chooseNetworks());
    m_result["reference"] = reference.describe();
    m_result["evaluator"] = m_measuring.evaluator.describe();
    m_result["seed"] = m_request.seed;
    Json& subject = m_result["subject"] = describeModel(m_request.model, m_model->loaded);
    subject["settings"] = m_settings;
    subject["classes"] = classesLike(reference, *m_model).how;
    subject["count"] = reference.real.count;
    const auto made = reference.real.count * static_cast<std::int64_t>(m_cases.size());
    m_measuring.tasks.expect(made);
    m_measuring.expectLooks(reference.real.count + made);
    m_measuring.look(IMAGO_TR("Looking at the real pictures"), reference.real, m_measuring.realFeatures);
    beginCase();
    return {};
}

void SweepJob::beginCase() {
    m_settings["solver"] = m_cases.front().solver;
    m_settings["steps"] = m_cases.front().steps;
    const Reference& reference = m_measuring.reference;
    m_maker.emplace(m_model, m_settings, m_request.seed, reference.real.count, classesLike(reference, *m_model).of);
    makeSome();
}

void SweepJob::makeSome() {
    m_measuring.tasks.add(IMAGO_TR("Making pictures"), [this](JobContext&) -> Result<void> {
        const std::int64_t before = m_maker->pictures().count;
        IMAGO_ASSIGN(const bool more, m_maker->advance());
        m_measuring.tasks.count(m_maker->pictures().count - before);
        more ? makeSome() : judgeCase();
        return {};
    });
}

void SweepJob::judgeCase() {
    const PictureSet& pictures = m_maker->pictures();
    m_measuring.look(IMAGO_TR("Looking at the pictures"), pictures, m_features);
    m_measuring.tasks.add(IMAGO_TR("Comparing"), [this, &pictures](JobContext&) -> Result<void> {
        const SweepCase& which = m_cases.front();
        Json row{{"solver", which.solver}, {"steps", which.steps}, {"evaluations", which.evaluations}};
        row.update(m_measuring.compare(m_features, pictures).json());
        m_result["sweep"].push_back(std::move(row));
        m_result["count"] = pictures.count;
        m_cases.erase(m_cases.begin());
        if (!m_cases.empty()) beginCase();
        return {};
    });
}

Result<Json> SweepJob::finish(FinishReason reason, JobContext& context) {
    if (reason != FinishReason::Done) return Json::object();
    m_result["seconds"] = m_measuring.tasks.seconds(context);
    return m_result;
}

}  // namespace

Result<std::unique_ptr<Job>> makeSweepJob(const SweepRequest& request, ModelCache& models) {
    IMAGO_ASSIGN(const MetricChoice metrics, chooseMetrics(request.metrics));
    return std::unique_ptr<Job>(std::make_unique<SweepJob>(request, metrics, models));
}

}  // namespace imago
