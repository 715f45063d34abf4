#include "core/evaluate/evaluate_job.h"

#include <optional>

#include "core/data/open_progress.h"
#include "core/evaluate/measuring.h"
#include "core/evaluate/naming.h"
#include "core/evaluate/picture_maker.h"
#include "core/models/family.h"

namespace imago {

using namespace evaluate;

namespace {

class EvaluateJob final : public Job {
  public:
    EvaluateJob(EvaluateRequest request, MetricChoice metrics, ModelCache& models)
        : m_request(std::move(request)), m_models(models), m_measuring(metrics) {
        m_measuring.tasks.add(IMAGO_TR("Reading the real pictures"), [this](JobContext&) { return openSubject(); });
        m_measuring.tasks.addOnIo(IMAGO_TR("Reading the real pictures"), [this](JobContext& context) { return openData(context); });
        m_measuring.tasks.add(IMAGO_TR("Reading the real pictures"), [this](JobContext&) { return begin(); });
    }

    std::string kind() const override { return EvaluateRequest::kind; }
    std::string title() const override { return IMAGO_TR("Measuring how good the pictures are"); }
    Result<Slice> step(JobContext& context) override { return m_measuring.tasks.step(context); }
    Result<Json> finish(FinishReason reason, JobContext& context) override;

  private:
    Result<void> openSubject();
    Result<void> openData(JobContext& context);  // io lane
    Result<void> begin();
    Result<void> beginMaking();
    Result<void> makeSome();
    Result<void> beginLooking();
    bool names() const { return m_family && m_family->abilities.names; }

    EvaluateRequest m_request;
    ModelCache& m_models;
    Measuring m_measuring;
    std::shared_ptr<CachedModel> m_model;  // null: a folder's pictures are measured
    const FamilyInfo* m_family = nullptr;  // the model's
    DatasetOptions m_options;              // as the model learned
    std::optional<PictureMaker> m_maker;
    PictureSet m_pictures;  // the subject's
    Measuring::Set m_features, m_floorFeatures;
    Json m_result = Json::object();
};

Result<void> EvaluateJob::openSubject() {
    if (isPictureFolder(m_request.model)) return {};
    IMAGO_ASSIGN(m_model, m_models.get(m_request.model));
    IMAGO_ASSIGN(m_options, optionsOf(m_model->loaded.info));
    IMAGO_ASSIGN(m_family, findFamilyInfo(m_model->loaded.info.family));
    return {};
}

Result<void> EvaluateJob::openData(JobContext& context) {
    IMAGO_TRY(m_measuring.openReal(context, m_request.data, m_request.count, m_options, !names()));
    if (m_model) return {};
    const PictureSet& real = m_measuring.reference.real;
    IMAGO_ASSIGN(m_pictures, openPictures(m_request.model, real, real.count, openProgress(context, IMAGO_TR("Reading the pictures"))));
    return {};
}

Result<void> EvaluateJob::begin() {
    m_result["reference"] = m_measuring.reference.describe();
    if (!names()) {
        IMAGO_TRY(m_measuring.chooseNetworks());
        m_result["evaluator"] = m_measuring.evaluator.describe();
    }
    m_result["seed"] = m_request.seed;
    if (!m_model) {
        m_result["subject"] = {{"kind", "folder"}, {"path", m_request.model}, {"count", m_pictures.count}};
        return beginLooking();
    }
    m_result["subject"] = describeModel(m_request.model, m_model->loaded);
    IMAGO_TRY(checkSameSize(m_model->loaded.info.shape, m_measuring.reference.real));
    if (!names()) return beginMaking();
    for (const char* floor : {"floor", "floor_count"}) m_result["reference"].erase(floor);
    m_measuring.tasks.add(IMAGO_TR("Naming the pictures"), [this](JobContext&) -> Result<void> {
        IMAGO_ASSIGN(const Json named, nameRealPictures(m_model->model(), m_measuring.reference, m_request.mistakes));
        m_result.update(named);
        return {};
    });
    return {};
}

Result<void> EvaluateJob::beginMaking() {
    const Reference& reference = m_measuring.reference;
    IMAGO_ASSIGN(const Json settings, completeFromText(m_family->sampling, m_request.settings));
    AskedClasses classes = classesLike(reference, *m_model);
    Json& subject = m_result["subject"];
    subject["settings"] = settings;
    subject["classes"] = classes.how;
    subject["count"] = reference.real.count;
    m_maker.emplace(m_model, settings, m_request.seed, reference.real.count, std::move(classes.of));
    m_measuring.tasks.expect(reference.real.count);
    return makeSome();
}

Result<void> EvaluateJob::makeSome() {
    m_measuring.tasks.add(IMAGO_TR("Making pictures"), [this](JobContext&) -> Result<void> {
        const std::int64_t before = m_maker->pictures().count;
        IMAGO_ASSIGN(const bool more, m_maker->advance());
        m_measuring.tasks.count(m_maker->pictures().count - before);
        if (more) return makeSome();
        m_pictures = m_maker->takePictures();
        return beginLooking();
    });
    return {};
}

Result<void> EvaluateJob::beginLooking() {
    const Reference& reference = m_measuring.reference;
    m_measuring.expectLooks(reference.real.count + reference.floor.count + m_pictures.count);
    m_measuring.look(IMAGO_TR("Looking at the real pictures"), reference.real, m_measuring.realFeatures);
    m_measuring.look(IMAGO_TR("Looking at more real pictures"), reference.floor, m_floorFeatures);
    m_measuring.look(IMAGO_TR("Looking at the pictures"), m_pictures, m_features);
    m_measuring.tasks.add(IMAGO_TR("Comparing"), [this](JobContext&) -> Result<void> {
        m_result["count"] = m_pictures.count;
        m_result["figures"] = m_measuring.compare(m_features, m_pictures).json();
        return {};
    });
    m_measuring.tasks.add(IMAGO_TR("Comparing real with real"), [this](JobContext&) -> Result<void> {
        const PictureSet& floor = m_measuring.reference.floor;
        m_result["floor"] = m_measuring.compare(m_floorFeatures, floor).json();
        m_result["floor"]["count"] = floor.count;
        return {};
    });
    return {};
}

Result<Json> EvaluateJob::finish(FinishReason reason, JobContext& context) {
    if (reason != FinishReason::Done) return Json::object();
    m_result["seconds"] = m_measuring.tasks.seconds(context);
    return m_result;
}

}  // namespace

Result<std::unique_ptr<Job>> makeEvaluateJob(const EvaluateRequest& request, ModelCache& models) {
    IMAGO_ASSIGN(const MetricChoice metrics, chooseMetrics(request.metrics));
    return std::unique_ptr<Job>(std::make_unique<EvaluateJob>(request, metrics, models));
}

}  // namespace imago
