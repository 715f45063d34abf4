#include "core/evaluate/calibrate_job.h"

#include "core/evaluate/calibration.h"
#include "core/evaluate/measuring.h"

namespace imago {

using namespace evaluate;

namespace {

class CalibrateJob final : public Job {
  public:
    CalibrateJob(CalibrateRequest request, MetricChoice metrics) : m_request(std::move(request)), m_measuring(metrics) {
        m_measuring.tasks.addOnIo(IMAGO_TR("Reading the real pictures"),
                                  [this](JobContext& context) { return m_measuring.openReal(context, m_request.data, m_request.count); });
        m_measuring.tasks.add(IMAGO_TR("Reading the real pictures"), [this](JobContext&) { return begin(); });
    }

    std::string kind() const override { return CalibrateRequest::kind; }
    std::string title() const override { return IMAGO_TR("Calibrating the figures"); }
    Result<Slice> step(JobContext& context) override { return m_measuring.tasks.step(context); }
    Result<Json> finish(FinishReason reason, JobContext& context) override;

  private:
    Result<void> begin();
    void addSecondClassifier();
    void beginCase();
    void judgeCase();
    void end();

    CalibrateRequest m_request;
    Measuring m_measuring;
    std::vector<CalibrationCase> m_cases;
    std::vector<Figures> m_figures;  // of the cases so far
    PictureSet m_spoilt;
    Measuring::Set m_features;
    Json m_result = Json::object();
};

// The floor's pictures are spoilt, against the same real ones as every model.
Result<void> CalibrateJob::begin() {
    const Reference& reference = m_measuring.reference;
    IMAGO_TRY(m_measuring.chooseNetworks());
    addSecondClassifier();
    m_result["reference"] = reference.describe();
    m_result["evaluator"] = m_measuring.evaluator.describe();
    m_result["seed"] = m_request.seed;
    m_cases = calibrationCases(reference.floor.classes.empty() ? 0 : reference.classNames.size());
    m_measuring.expectLooks(reference.real.count + static_cast<std::int64_t>(m_cases.size()) * reference.floor.count);
    m_measuring.look(IMAGO_TR("Looking at the real pictures"), reference.real, m_measuring.realFeatures);
    beginCase();
    return {};
}

// Where our classifier scores, one from another seed does too.
void CalibrateJob::addSecondClassifier() {
    Evaluator& evaluator = m_measuring.evaluator;
    if (evaluator.nets.size() != 1) return;
    const auto file = shippedClassifier(true);
    if (!file) return;
    auto net = openClassifierNet(*file);
    if (!net || !(*net)->fits(m_measuring.reference.real)) return;
    evaluator.nets.push_back(std::move(*net));
    evaluator.why += "; a second classifier from another seed beside it";
}

void CalibrateJob::beginCase() {
    m_measuring.tasks.add(IMAGO_TR("Spoiling pictures and comparing"), [this](JobContext&) -> Result<void> {
        m_spoilt = spoil(m_measuring.reference.floor, m_cases[m_figures.size()], kSetSeed);
        m_measuring.look(IMAGO_TR("Spoiling pictures and comparing"), m_spoilt, m_features);
        judgeCase();
        return {};
    });
}

void CalibrateJob::judgeCase() {
    m_measuring.tasks.add(IMAGO_TR("Spoiling pictures and comparing"), [this](JobContext&) -> Result<void> {
        m_figures.push_back(m_measuring.compare(m_features, m_spoilt));
        m_figures.size() < m_cases.size() ? beginCase() : end();
        return {};
    });
}

void CalibrateJob::end() {
    m_result["count"] = m_measuring.reference.floor.count;
    std::vector<std::string> nets;
    for (const auto& net : m_measuring.evaluator.nets) nets.push_back(net->id());
    m_result.update(calibrationReport(m_cases, m_figures, nets));
}

Result<Json> CalibrateJob::finish(FinishReason reason, JobContext& context) {
    if (reason != FinishReason::Done) return Json::object();
    m_result["seconds"] = m_measuring.tasks.seconds(context);
    return m_result;
}

}  // namespace

Result<std::unique_ptr<Job>> makeCalibrateJob(const CalibrateRequest& request) {
    IMAGO_ASSIGN(const MetricChoice metrics, chooseMetrics(request.metrics));
    return std::unique_ptr<Job>(std::make_unique<CalibrateJob>(request, metrics));
}

}  // namespace imago
