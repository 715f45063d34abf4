#include "core/evaluate/evaluate_job.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <functional>
#include <numeric>

#include "core/base/durable_file.h"
#include "core/data/sources.h"
#include "core/evaluate/calibration.h"
#include "core/evaluate/feature_nets.h"
#include "core/evaluate/figures.h"
#include "core/evaluate/reference.h"
#include "core/evaluate/worth_job.h"
#include "core/image/geometry.h"
#include "core/image/image.h"
#include "core/image/png.h"
#include "core/models/classifier/classifier.h"
#include "core/models/family.h"
#include "core/models/sampled.h"
#include "core/nn/torch_pch.h"
#include "core/nn/yield_point.h"
#include "core/sample/model_cache.h"
#include "core/tensor/tensor_image.h"

namespace imago {

namespace fs = std::filesystem;
using namespace evaluate;

namespace {

constexpr std::int64_t kSampleBatch = 250;
constexpr int kSweep[] = {2, 4, 6, 8, 10, 18, 35};  // evaluations a picture
constexpr std::size_t kShownMistakes = 64;
constexpr int kMistakeTile = 112;      // about as many pixels a side
constexpr double kReportEvery = 0.25;  // seconds
constexpr std::uint64_t kSetSeed = 0;  // which real pictures: the same for every model, whatever the seed of its samples

// A job is a list of things to do, a slice each; one may put others in front of the rest.
class EvaluateJob final : public Job {
  public:
    enum class Mode { Judge, Calibrate, Sweep };
    EvaluateJob(EvaluateRequest request, Mode mode, MetricChoice metrics, ModelCache& models)
        : m_request(std::move(request)),
          m_calibrate(mode == Mode::Calibrate),
          m_isSweep(mode == Mode::Sweep),
          m_metrics(metrics),
          m_models(models) {
        m_todo.push_back({IMAGO_TR("Reading the real pictures"), [this](JobContext&) { return begin(); }});
    }

    std::string kind() const override {
        return m_calibrate ? CalibrateRequest::kind : m_isSweep ? SweepRequest::kind : EvaluateRequest::kind;
    }
    std::string title() const override {
        return m_calibrate ? std::string(IMAGO_TR("Calibrating the figures")) : IMAGO_TR("Measuring how good the pictures are");
    }

    Result<Slice> step(JobContext& context) override;
    Result<Json> finish(FinishReason reason, JobContext& context) override;

  private:
    struct Task {
        std::string stage;
        std::function<Result<void>(JobContext&)> run;
    };
    using Set = std::vector<Features>;  // one a network

    Result<void> begin();
    Result<void> beginModel();
    void beginPictures();
    void beginCalibration();
    // One solver with one number of network evaluations.
    struct SweepCase {
        std::string solver;
        int steps = 0, evaluations = 0;
    };
    Result<void> beginSweep(const FamilyInfo& family);
    void beginCase();
    void judgeCase();
    struct Mistake {
        std::int64_t picture = 0;
        int is = 0, named = 0;
        float sure = 0;
    };
    Result<void> readClassifier();
    Result<void> showMistakes(std::vector<Mistake> mistakes);
    Result<void> sampleSome(JobContext& context);
    Result<void> beginBatch();
    void addFeatures(const PictureSet& pictures, Set& into, const char* stage);
    void plan(std::string stage, std::function<Result<void>(JobContext&)> run) { m_todo.push_back({std::move(stage), std::move(run)}); }

    EvaluateRequest m_request;
    bool m_calibrate, m_isSweep;
    MetricChoice m_metrics;
    ModelCache& m_models;
    std::deque<Task> m_todo;

    Reference m_reference;
    Evaluator m_evaluator;
    std::shared_ptr<CachedModel> m_model;
    std::unique_ptr<SamplingProcess> m_process;
    bool m_withClasses = false, m_sameClasses = false;
    PictureSet m_pictures;  // the subject's
    Set m_realFeatures, m_floorFeatures, m_features;

    std::vector<SweepCase> m_sweep;
    std::size_t m_case = 0;
    std::vector<CalibrationCase> m_cases;
    std::vector<Figures> m_caseFigures;

    Json m_result = Json::object();
    std::int64_t m_done = 0, m_total = 0;  // pictures made or read
    double m_started = -1, m_reported = -1;
};

Result<Slice> EvaluateJob::step(JobContext& context) {
    const torch::NoGradGuard guard;
    if (m_started < 0) m_started = context.nowSeconds();
    Task task = std::move(m_todo.front());
    m_todo.pop_front();
    const std::string stage = task.stage;
    IMAGO_TRY(task.run(context));
    if (context.nowSeconds() - m_reported >= kReportEvery || m_todo.empty()) {
        m_reported = context.nowSeconds();
        context.emit(JobProgress{m_done, std::max(m_done, m_total), 0, -1, stage, 0});
    }
    return m_todo.empty() ? Slice::Done : Slice::More;
}

Result<void> EvaluateJob::begin() {
    std::error_code ignored;
    const fs::path subject(m_request.model);
    const bool pictures = !m_calibrate && fs::is_directory(subject, ignored) && !fs::exists(subject / "run.json", ignored);
    DatasetOptions options;
    bool floor = true;
    if (pictures && m_isSweep)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("{folder} is a folder of pictures: this is measured of a model."),
                     {{"folder", m_request.model}},
                     {},
                     "model"};
    if (!pictures && !m_calibrate) {
        IMAGO_ASSIGN(m_model, m_models.get(m_request.model));
        IMAGO_ASSIGN(options, optionsOf(m_model->loaded.info));
        floor = !dynamic_cast<classifier::Classifier*>(&m_model->model());
    }
    IMAGO_ASSIGN(m_reference, openReference(m_request.data, m_request.count, kSetSeed, options, floor));
    IMAGO_ASSIGN(m_evaluator, makeEvaluator(m_reference.real));
    m_result["reference"] = m_reference.describe();
    m_result["evaluator"] = m_evaluator.describe();
    m_result["seed"] = m_request.seed;
    if (m_calibrate) {
        beginCalibration();
        return {};
    }
    if (m_model) return beginModel();
    IMAGO_ASSIGN(m_pictures, openPictures(m_request.model, m_reference.real, m_reference.real.count));
    m_result["subject"] = {{"kind", "folder"}, {"path", m_request.model}, {"count", m_pictures.count}};
    beginPictures();
    return {};
}

Result<void> EvaluateJob::beginModel() {
    const ModelFileInfo& info = m_model->loaded.info;
    const PictureSet& real = m_reference.real;
    m_result["subject"] = {{"kind", "model"},
                           {"model", printableName(fs::path(m_request.model).filename().string())},
                           {"family", info.family},
                           {"step", info.step},
                           {"sha256", m_model->loaded.sha256}};
    if (info.shape.channels != real.channels || info.shape.height != real.height || info.shape.width != real.width) {
        const auto text = [](int w, int h, int c) { return std::to_string(w) + " x " + std::to_string(h) + " x " + std::to_string(c); };
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The model is for pictures of {model}, the data's are {data}."),
                     {{"model", text(info.shape.width, info.shape.height, info.shape.channels)},
                      {"data", text(real.width, real.height, real.channels)}},
                     {},
                     "data"};
    }
    if (dynamic_cast<classifier::Classifier*>(&m_model->model())) {
        plan(IMAGO_TR("Naming the pictures"), [this](JobContext&) { return readClassifier(); });
        return {};
    }
    IMAGO_ASSIGN(const FamilyInfo* family, findFamilyInfo(info.family));
    IMAGO_ASSIGN(Json settings, completeFromText(family->sampling, m_request.settings));
    m_result["subject"]["settings"] = settings;
    m_request.settings = std::move(settings);
    m_withClasses = learnedClasses(info);
    m_sameClasses = m_withClasses && m_model->model().shape().classNames == m_reference.classNames;
    m_result["subject"]["classes"] = m_sameClasses ? "as often as in the data" : m_withClasses ? "each in turn" : "none asked for";
    m_result["subject"]["count"] = real.count;
    m_pictures.channels = real.channels;
    m_pictures.height = real.height;
    m_pictures.width = real.width;
    if (m_isSweep) return beginSweep(*family);
    m_total += real.count;
    plan(IMAGO_TR("Making pictures"), [this](JobContext& context) { return sampleSome(context); });
    return {};
}

Result<void> EvaluateJob::beginSweep(const FamilyInfo& family) {
    const auto solver =
        std::find_if(family.sampling.params.begin(), family.sampling.params.end(), [](const Param& p) { return p.key == "solver"; });
    if (solver == family.sampling.params.end())
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("A model of this kind makes its pictures without a solver: there is nothing to compare."),
                     {},
                     {},
                     "sweep"};
    for (const Choice& choice : solver->choices)
        for (const int budget : kSweep) {
            const bool heun = choice.id == "heun";  // two evaluations a step, one in the last
            const int steps = heun ? (budget + 1) / 2 : budget;
            m_sweep.push_back({choice.id, steps, heun ? 2 * steps - 1 : steps});
        }
    m_total += m_reference.real.count * static_cast<std::int64_t>(m_sweep.size());
    addFeatures(m_reference.real, m_realFeatures, IMAGO_TR("Looking at the real pictures"));
    beginCase();
    return {};
}

void EvaluateJob::beginCase() {
    plan(IMAGO_TR("Making pictures"), [this](JobContext& context) {
        m_request.settings["solver"] = m_sweep[m_case].solver;
        m_request.settings["steps"] = m_sweep[m_case].steps;
        m_pictures.count = 0;
        m_pictures.pixels.clear();
        return sampleSome(context);
    });
}

void EvaluateJob::judgeCase() {
    addFeatures(m_pictures, m_features, IMAGO_TR("Looking at the pictures"));
    plan(IMAGO_TR("Comparing"), [this](JobContext&) -> Result<void> {
        const SweepCase& which = m_sweep[m_case];
        Json row{{"solver", which.solver}, {"steps", which.steps}, {"evaluations", which.evaluations}};
        row.update(measure(m_metrics, m_realFeatures, m_features, m_reference.real, m_pictures, kSetSeed).json());
        m_result["sweep"].push_back(std::move(row));
        m_result["count"] = m_pictures.count;
        if (++m_case < m_sweep.size()) beginCase();
        return {};
    });
}

Result<void> EvaluateJob::readClassifier() {
    const PictureSet& real = m_reference.real;
    auto& model = dynamic_cast<classifier::Classifier&>(m_model->model());
    const auto& names = model.shape().classNames;
    if (real.classes.empty() || m_reference.classNames != names) {
        return Error{ErrorCode::BadInput, IMAGO_TR("The data do not have the classes that this classifier learned."), {}, {}, "data"};
    }
    std::vector<std::vector<std::int64_t>> confusion(names.size(), std::vector<std::int64_t>(names.size(), 0));
    std::vector<Mistake> mistakes;
    for (std::int64_t from = 0; from < real.count; from += kReadSlice) {
        const std::int64_t n = std::min(kReadSlice, real.count - from);
        const auto reading = model.read(real.picture(from), n, real.height, real.width);
        for (std::int64_t i = 0; i < n; ++i) {
            const int truth = real.classes[static_cast<std::size_t>(from + i)];
            if (truth < 0) continue;
            const int named = reading.classes[static_cast<std::size_t>(i)];
            ++confusion[static_cast<std::size_t>(truth)][static_cast<std::size_t>(named)];
            if (named != truth) mistakes.push_back({from + i, truth, named, reading.sure[static_cast<std::size_t>(i)]});
        }
        nn::yieldNow();
    }
    std::int64_t correct = 0, count = 0;
    Json each = Json::object();
    for (std::size_t c = 0; c < names.size(); ++c) {
        const std::int64_t all = std::accumulate(confusion[c].begin(), confusion[c].end(), std::int64_t{0});
        correct += confusion[c][c];
        count += all;
        if (all > 0) each[names[c]] = static_cast<double>(confusion[c][c]) / static_cast<double>(all);
    }
    m_result["accuracy"] = static_cast<double>(correct) / static_cast<double>(std::max<std::int64_t>(1, count));
    m_result["count"] = count;
    m_result["class_accuracy"] = each;
    m_result["classes"] = names;
    m_result["confusion"] = confusion;
    IMAGO_TRY(showMistakes(std::move(mistakes)));
    m_result.erase("evaluator");
    m_result["reference"].erase("floor");
    m_result["reference"].erase("floor_count");
    return {};
}

// The surest first: what it took for something else without a doubt is often named wrongly in the data.
Result<void> EvaluateJob::showMistakes(std::vector<Mistake> mistakes) {
    std::stable_sort(mistakes.begin(), mistakes.end(), [](const Mistake& a, const Mistake& b) { return a.sure > b.sure; });
    mistakes.resize(std::min(mistakes.size(), kShownMistakes));
    const PictureSet& real = m_reference.real;
    const auto& names = m_reference.classNames;
    Json list = Json::array();
    std::vector<Image> tiles;
    for (const Mistake& m : mistakes) {
        list.push_back({{"picture", m_reference.names[std::size_t(m.picture)]},
                        {"is", names[std::size_t(m.is)]},
                        {"named", names[std::size_t(m.named)]},
                        {"sure", m.sure}});
        Image tile(real.width, real.height, real.channels);
        std::copy_n(real.picture(m.picture), real.bytesEach(), tile.data());
        tiles.push_back(upscaleNearest(tile, std::max(1, kMistakeTile / std::max(real.width, real.height))));
    }
    m_result["mistakes"] = std::move(list);
    if (m_request.mistakes.empty() || tiles.empty()) return {};
    IMAGO_ASSIGN(const std::vector<std::uint8_t> bytes, encodePng(makeGrid(tiles, 8, 4), {}));
    return writeDurably(m_request.mistakes, Bytes(bytes));
}

Result<void> EvaluateJob::beginBatch() {
    SamplingJobSpec spec;
    const std::int64_t n = std::min(kSampleBatch, m_reference.real.count - m_pictures.count);
    for (std::int64_t i = 0; i < n; ++i) {
        spec.seeds.push_back(m_request.seed + static_cast<std::uint64_t>(m_pictures.count + i));
        if (!m_withClasses) continue;
        const std::int64_t at = m_pictures.count + i;
        const int own = m_sameClasses ? m_reference.real.classes[static_cast<std::size_t>(at)] : -1;
        spec.classes.push_back(own >= 0 ? own
                                        : static_cast<int>(at % static_cast<std::int64_t>(m_model->model().shape().classNames.size())));
    }
    spec.settings = m_request.settings;
    IMAGO_ASSIGN(m_process, m_model->model().beginSampling(spec));
    return {};
}

Result<void> EvaluateJob::sampleSome(JobContext&) {
    if (!m_process) IMAGO_TRY(beginBatch());
    IMAGO_ASSIGN(const bool more, m_process->advance());
    if (!more) {
        const Result<at::Tensor> result = finitePictures(*m_process);
        m_process.reset();
        if (!result) return result.error();
        // Eight bits, as in a file: what is measured is what people get.
        for (const Image& image : imagesOf(*result)) {
            m_pictures.pixels.insert(m_pictures.pixels.end(), image.data(), image.data() + image.byteCount());
            ++m_pictures.count;
            ++m_done;
        }
    }
    if (m_pictures.count < m_reference.real.count) {
        plan(IMAGO_TR("Making pictures"), [this](JobContext& context) { return sampleSome(context); });
    } else if (m_sweep.empty()) {
        beginPictures();
    } else {
        judgeCase();
    }
    return {};
}

void EvaluateJob::addFeatures(const PictureSet& pictures, Set& into, const char* stage) {
    into.assign(m_evaluator.nets.size(), {});
    if (m_metrics.fd || m_metrics.kid || m_metrics.prdc) m_total += pictures.count;
    for (std::int64_t from = 0; from < pictures.count; from += kReadSlice) {
        if (!m_metrics.fd && !m_metrics.kid && !m_metrics.prdc) break;
        const std::int64_t n = std::min(kReadSlice, pictures.count - from);
        plan(stage, [this, &pictures, &into, from, n](JobContext&) -> Result<void> {
            for (std::size_t i = 0; i < into.size(); ++i) m_evaluator.nets[i]->read(pictures, from, n, into[i]);
            m_done += n;
            return {};
        });
    }
}

void EvaluateJob::beginPictures() {
    addFeatures(m_reference.real, m_realFeatures, IMAGO_TR("Looking at the real pictures"));
    addFeatures(m_reference.floor, m_floorFeatures, IMAGO_TR("Looking at more real pictures"));
    addFeatures(m_pictures, m_features, IMAGO_TR("Looking at the pictures"));
    plan(IMAGO_TR("Comparing"), [this](JobContext&) -> Result<void> {
        if (!m_metrics.fd && !m_metrics.kid && !m_metrics.prdc) m_realFeatures.clear(), m_features.clear();
        m_result["count"] = m_pictures.count;
        m_result["figures"] = measure(m_metrics, m_realFeatures, m_features, m_reference.real, m_pictures, kSetSeed).json();
        return {};
    });
    plan(IMAGO_TR("Comparing real with real"), [this](JobContext&) -> Result<void> {
        if (!m_metrics.fd && !m_metrics.kid && !m_metrics.prdc) m_floorFeatures.clear();
        const Figures floor = measure(m_metrics, m_realFeatures, m_floorFeatures, m_reference.real, m_reference.floor, kSetSeed);
        m_result["floor"] = floor.json();
        m_result["floor"]["count"] = m_reference.floor.count;
        return {};
    });
}

// The floor's pictures spoilt in known ways, against the same real ones as every model. Where our classifier scores, a
// second one from another seed does too.
void EvaluateJob::beginCalibration() {
    m_cases = calibrationCases(m_reference.floor.classes.empty() ? 0 : m_reference.classNames.size());
    if (m_evaluator.nets.size() == 1) {
        if (const auto file = shippedClassifier(true)) {
            if (auto net = openClassifierNet(*file); net.ok() && (*net)->fits(m_reference.real)) {
                m_evaluator.nets.push_back(std::move(*net));
                m_evaluator.why += "; a second classifier from another seed beside it";
                m_result["evaluator"] = m_evaluator.describe();
            }
        }
    }
    m_total += static_cast<std::int64_t>(m_cases.size()) * m_reference.floor.count;
    const PictureSet& real = m_reference.real;
    addFeatures(real, m_realFeatures, IMAGO_TR("Looking at the real pictures"));
    for (const CalibrationCase& which : m_cases) {
        plan(IMAGO_TR("Spoiling pictures and comparing"), [this, which](JobContext&) -> Result<void> {
            m_pictures = spoil(m_reference.floor, which, kSetSeed);
            m_features.assign(m_evaluator.nets.size(), {});
            return {};
        });
        for (std::int64_t from = 0; from < m_reference.floor.count; from += kReadSlice) {
            plan(IMAGO_TR("Spoiling pictures and comparing"), [this, from](JobContext&) -> Result<void> {
                const std::int64_t n = std::min(kReadSlice, m_pictures.count - from);
                for (std::size_t i = 0; i < m_features.size(); ++i) m_evaluator.nets[i]->read(m_pictures, from, n, m_features[i]);
                m_done += n;
                return {};
            });
        }
        plan(IMAGO_TR("Spoiling pictures and comparing"), [this](JobContext&) -> Result<void> {
            m_caseFigures.push_back(measure(m_metrics, m_realFeatures, m_features, m_reference.real, m_pictures, kSetSeed));
            return {};
        });
    }
    plan(IMAGO_TR("Spoiling pictures and comparing"), [this](JobContext&) -> Result<void> {
        m_result["count"] = m_reference.floor.count;
        std::vector<std::string> nets;
        for (const auto& net : m_evaluator.nets) nets.push_back(net->id());
        m_result.update(calibrationReport(m_cases, m_caseFigures, nets));
        return {};
    });
}

Result<Json> EvaluateJob::finish(FinishReason reason, JobContext& context) {
    m_process.reset();
    m_todo.clear();
    if (reason != FinishReason::Done) return Json::object();
    m_result["seconds"] = context.nowSeconds() - m_started;
    return m_result;
}

}  // namespace

static Result<std::unique_ptr<Job>> make(const EvaluateRequest& request, EvaluateJob::Mode mode, ModelCache& models) {
    IMAGO_ASSIGN(const MetricChoice metrics, chooseMetrics(request.metrics));
    if (request.model.empty() && mode != EvaluateJob::Mode::Calibrate)
        return Error{ErrorCode::Usage, IMAGO_TR("A model, a run or a folder of pictures is needed."), {}, {}, "model"};
    return std::unique_ptr<Job>(new EvaluateJob(request, mode, metrics, models));
}

Result<std::unique_ptr<Job>> makeEvaluateJob(const EvaluateRequest& request, ModelCache& models) {
    return make(request, EvaluateJob::Mode::Judge, models);
}

Result<std::unique_ptr<Job>> makeCalibrateJob(const CalibrateRequest& request, ModelCache& models) {
    return make({{}, request.data, request.metrics, request.count, request.seed}, EvaluateJob::Mode::Calibrate, models);
}

Result<std::unique_ptr<Job>> makeSweepJob(const SweepRequest& request, ModelCache& models) {
    return make({request.model, request.data, request.metrics, request.count, request.seed, request.settings}, EvaluateJob::Mode::Sweep,
                models);
}

}  // namespace imago
