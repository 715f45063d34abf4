#include "core/sample/sample_job.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "core/base/durable_file.h"
#include "core/data/class_folders.h"
#include "core/data/sources.h"
#include "core/image/geometry.h"
#include "core/image/png.h"
#include "core/models/sampled.h"
#include "core/nn/torch_pch.h"
#include "core/tensor/tensor_image.h"

namespace imago {

namespace fs = std::filesystem;

namespace {

constexpr int kMost = 1'000'000;
constexpr int kMostInGrid = 4096;
constexpr int kChunk = 64;            // pictures that come out of the noise together
constexpr int kShown = 64;            // tiles of a preview
constexpr int kGridTile = 112;        // small pictures are enlarged in the grid to about this many pixels
constexpr double kReportEvery = 0.2;  // seconds

int columnsFor(std::size_t count) {
    return std::max(1, int(std::ceil(std::sqrt(double(count)))));
}

// As a shell reads it back as one word.
std::string shellQuoted(const std::string& text) {
    constexpr const char* kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.,:=@/+";
    if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
    std::string out(1, '\'');
    for (const char c : text) {
        if (c == '\'') out.append("'\\'");  // out of the quotes, one that is meant, and back into them
        out.push_back(c);
    }
    out.push_back('\'');
    return out;
}

bool isPngPath(const std::string& out) {
    std::string extension = fs::path(out).extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    return extension == ".png";
}

class SampleJob final : public Job {
  public:
    SampleJob(SampleRequest request, ModelCache& models)
        : m_request(std::move(request)), m_models(models), m_grid(isPngPath(m_request.out)) {}

    std::string kind() const override { return SampleRequest::kind; }
    std::string title() const override { return IMAGO_TR("Making pictures"); }
    Priority priority() const override { return m_request.priority; }

    Result<Slice> step(JobContext& context) override;
    Result<Json> finish(FinishReason reason, JobContext& context) override;

  private:
    Result<void> begin(JobContext& context);
    Result<void> bindToModel();
    Result<void> makeFolder(JobId job);
    Result<void> beginChunk();
    Result<void> takeChunk(JobContext& context);
    Result<void> writePictures(const std::vector<Image>& images);
    Result<void> place();
    void report(JobContext& context, bool always);
    void showStage(JobContext& context);
    PreviewReady previewOf(const std::vector<Image>& tiles, int first, const std::string& kindOfPreview) const;
    std::string recipe(int sample) const;  // -1: of the whole grid
    int chunkSize() const { return std::min(kChunk, m_request.count - m_done); }

    SampleRequest m_request;
    ModelCache& m_models;
    bool m_grid;
    Json m_settings;             // complete
    std::vector<int> m_classes;  // one a picture, or empty

    std::shared_ptr<CachedModel> m_model;
    std::unique_ptr<SamplingProcess> m_process;
    std::vector<Image> m_kept;  // for the grid and the last preview
    fs::path m_building;        // folder that the pictures are written into before they are put in place
    int m_done = 0;
    int m_stagesShown = 0;
    double m_started = -1, m_reported = -1;
};

Result<void> SampleJob::begin(JobContext& context) {
    m_started = context.nowSeconds();
    std::error_code ignored;
    if (!m_request.out.empty() && !m_grid && fs::exists(m_request.out, ignored) && !fs::is_directory(m_request.out, ignored))
        return Error{ErrorCode::BadInput, IMAGO_TR("{out} is neither a PNG nor a folder."), {{"out", m_request.out}}, {}, "out"};
    IMAGO_ASSIGN(m_model, m_models.get(m_request.model));
    IMAGO_TRY(bindToModel());
    return m_grid || m_request.out.empty() ? Result<void>() : makeFolder(context.id());
}

// Settings and classes mean what this model understands by them.
Result<void> SampleJob::bindToModel() {
    const ModelFileInfo& info = m_model->loaded.info;
    IMAGO_ASSIGN(const FamilyInfo* family, findFamilyInfo(info.family));
    if (!family->abilities.generates)
        return Error{
            ErrorCode::BadInput, IMAGO_TR("A model of the kind “{family}” makes no pictures."), {{"family", info.family}}, {}, "model"};
    IMAGO_ASSIGN(m_settings, completeFromText(family->sampling, m_request.settings));
    DataShape shape = info.shape;
    if (!learnedClasses(info)) shape.classNames.clear();
    IMAGO_ASSIGN(m_classes, sampleClasses(m_request.className, shape, m_request.count));
    if (m_request.labels && m_classes.empty())
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("This model makes no pictures of a class that is asked for."),
                     {},
                     IMAGO_TR("Train one on data with classes, with “Learn the classes” on."),
                     "class"};
    return {};
}

Result<void> SampleJob::makeFolder(JobId job) {
    const fs::path out(m_request.out);
    const fs::path name = out.has_filename() ? out.filename() : out.parent_path().filename();
    const fs::path parent = (out.has_filename() ? out : out.parent_path()).parent_path();
    m_building = parent / (name.string().insert(0, 1, '.') + ".imago-" + std::to_string(::getpid()) + "-" + std::to_string(job) + ".tmp");
    std::error_code ignored;
    fs::remove_all(m_building, ignored);
    return makeFolders(m_building);
}

Result<void> SampleJob::beginChunk() {
    SamplingJobSpec spec;
    for (int i = m_done; i < m_done + chunkSize(); ++i) {
        spec.seeds.push_back(m_request.seed + std::uint64_t(i));
        if (!m_classes.empty()) spec.classes.push_back(m_classes[std::size_t(i)]);
    }
    spec.settings = m_settings;
    IMAGO_ASSIGN(m_process, m_model->model().beginSampling(spec));
    m_stagesShown = 0;
    return {};
}

Result<Slice> SampleJob::step(JobContext& context) {
    const torch::NoGradGuard noGradients;
    if (!m_model) {
        IMAGO_TRY(begin(context));
        return Slice::More;
    }
    if (!m_process) {
        IMAGO_TRY(beginChunk());
    }
    IMAGO_ASSIGN(const bool more, m_process->advance());
    if (more) {
        if (m_request.stages) showStage(context);
        report(context, false);
        return Slice::More;
    }
    IMAGO_TRY(takeChunk(context));
    if (m_done < m_request.count) return Slice::More;
    IMAGO_TRY(place());
    report(context, true);
    return Slice::Done;
}

Result<void> SampleJob::takeChunk(JobContext& context) {
    const Result<at::Tensor> result = finitePictures(*m_process);
    m_process.reset();
    if (!result) return result.error();
    std::vector<Image> images = imagesOf(*result);
    const int first = m_done;
    if (!m_building.empty()) IMAGO_TRY(writePictures(images));
    m_done += int(images.size());
    if (m_done < m_request.count) context.emit(previewOf(images, first, "stage"));
    // A folder of a million pictures is not kept in memory; a grid has to be.
    if (!m_building.empty() && m_kept.size() >= std::size_t(kShown)) return {};
    for (auto& image : images) m_kept.push_back(std::move(image));
    return {};
}

Result<void> SampleJob::writePictures(const std::vector<Image>& images) {
    for (std::size_t i = 0; i < images.size(); ++i) {
        const int sample = m_done + int(i);
        char name[32];
        std::snprintf(name, sizeof name, "%06d.png", sample);
        fs::path folder = m_building;
        if (m_request.labels) {
            folder /= folderOfClass(m_model->model().shape().classNames[std::size_t(m_classes[std::size_t(sample)])]);
            IMAGO_TRY(makeFolders(folder));
        }
        IMAGO_ASSIGN(const std::vector<std::uint8_t> bytes, encodePng(images[i], {{kRecipeKey, recipe(sample)}}));
        IMAGO_TRY(writeDurably(folder / name, Bytes(bytes)));
    }
    return {};
}

// Nothing of the output exists before this.
Result<void> SampleJob::place() {
    if (m_request.out.empty()) return {};
    if (m_grid) {
        const int factor = std::max(1, kGridTile / std::max(m_kept[0].width(), m_kept[0].height()));
        std::vector<Image> tiles;
        for (const auto& image : m_kept) tiles.push_back(upscaleNearest(image, factor));
        const Image grid = makeGrid(tiles, columnsFor(tiles.size()), 4);
        IMAGO_ASSIGN(const std::vector<std::uint8_t> bytes, encodePng(grid, {{kRecipeKey, recipe(-1)}}));
        const fs::path parent = fs::path(m_request.out).parent_path();
        if (!parent.empty()) IMAGO_TRY(makeFolders(parent));
        return writeDurably(m_request.out, Bytes(bytes));
    }
    std::error_code problem;
    const fs::path out(m_request.out);
    if (!fs::exists(out, problem)) {
        IMAGO_TRY(renameDurably(m_building, out.has_filename() ? out : out.parent_path()));
    } else {  // into a folder that is there: each picture replaces its namesake, if that was made by us
        for (const auto& entry : fs::recursive_directory_iterator(m_building, problem)) {
            const fs::path place = out / entry.path().lexically_relative(m_building);
            if (entry.is_directory(problem) || !fs::exists(place, problem)) continue;
            const auto bytes = readFile(place);
            const auto texts = bytes ? pngTexts(*bytes, "") : Result<TextChunks>(bytes.error());
            if (!texts || std::none_of(texts->begin(), texts->end(), [](const auto& text) { return text.first == kRecipeKey; }))
                return Error{ErrorCode::BadInput,
                             IMAGO_TR("{file} would be written over."),
                             {{"file", place.string()}},
                             IMAGO_TR("Choose another folder."),
                             "out"};
        }
        for (const auto& entry : fs::recursive_directory_iterator(m_building, problem)) {
            const fs::path place = out / entry.path().lexically_relative(m_building);
            if (entry.is_directory(problem))
                IMAGO_TRY(makeFolders(place));
            else
                IMAGO_TRY(renameDurably(entry.path(), place));
        }
        fs::remove_all(m_building, problem);
    }
    m_building.clear();
    return {};
}

void SampleJob::report(JobContext& context, bool always) {
    const double now = context.nowSeconds();
    if (!always && m_reported >= 0 && now - m_reported < kReportEvery) return;
    m_reported = now;
    JobProgress progress;
    progress.total = m_request.count;
    double share = m_process ? double(m_process->stepsDone()) / m_process->stepsTotal() * chunkSize() : 0;
    progress.done = m_done + std::int64_t(share);
    const double seconds = now - m_started, made = m_done + share;
    if (seconds > 0 && made > 0) {
        progress.imagesPerSecond = made / seconds;
        progress.secondsLeft = (m_request.count - made) / progress.imagesPerSecond;
    }
    progress.stage = title();
    context.emit(progress);
}

void SampleJob::showStage(JobContext& context) {
    // Twenty looks at a chunk, spread evenly.
    const int look = m_process->stepsDone() * 20 / std::max(1, m_process->stepsTotal());
    if (look == m_stagesShown) return;
    m_stagesShown = look;
    context.emit(previewOf(imagesOf(m_process->preview()), m_done, "stage"));
}

PreviewReady SampleJob::previewOf(const std::vector<Image>& tiles, int first, const std::string& kindOfPreview) const {
    PreviewReady preview;
    const auto shown = std::span(tiles).first(std::min(tiles.size(), std::size_t(kShown)));
    preview.step = m_model->loaded.info.step;
    preview.kind = kindOfPreview;
    preview.columns = columnsFor(shown.size());
    preview.rows = int((shown.size() + std::size_t(preview.columns) - 1) / std::size_t(preview.columns));
    const auto& names = m_model->model().shape().classNames;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const std::size_t sample = std::size_t(first) + i;
        preview.seeds.push_back(m_request.seed + sample);
        if (!m_classes.empty()) preview.labels.push_back(names[std::size_t(m_classes[sample])]);
    }
    preview.image = std::make_shared<const Image>(makeGrid(shown, preview.columns));
    return preview;
}

std::string SampleJob::recipe(int sample) const {
    const fs::path at(m_request.model);
    const std::string name = printableName((at.has_filename() ? at : at.parent_path()).filename().string());
    Json json = Json::object();
    json["schema"] = 1;
    json["program"] = "Imago";
    json["family"] = m_model->model().familyId();
    json["model"] = name;  // no folder names of this machine
    json["model_sha256"] = m_model->loaded.sha256;
    if (m_model->loaded.info.step >= 0) json["step"] = m_model->loaded.info.step;
    json["seed"] = m_request.seed + std::uint64_t(std::max(sample, 0));
    if (sample < 0) json["count"] = m_request.count;
    if (sample >= 0 && !m_classes.empty()) json["class"] = m_model->model().shape().classNames[std::size_t(m_classes[std::size_t(sample)])];
    json["settings"] = m_settings;
    std::string command =
        "imago sample " + shellQuoted(name) + " --count " + std::to_string(m_request.count) + " --seed " + std::to_string(m_request.seed);
    if (!m_request.className.empty()) command += " --class " + shellQuoted(m_request.className);
    if (m_request.labels) command += " --labels";
    for (const auto& [key, value] : m_request.settings.items())
        command += " --set " + shellQuoted(key + "=" + (value.is_string() ? value.get<std::string>() : value.dump()));
    json["command"] = command + " --out " + (m_grid ? "grid.png" : "pictures");
    return json.dump();
}

Result<Json> SampleJob::finish(FinishReason reason, JobContext& context) {
    std::error_code ignored;
    if (!m_building.empty()) fs::remove_all(m_building, ignored);
    m_process.reset();
    Json result = Json::object();
    result["count"] = reason == FinishReason::Done ? m_done : 0;
    result["out"] = m_request.out;
    if (m_started >= 0) {
        const double seconds = context.nowSeconds() - m_started;
        result["seconds"] = seconds;
        if (seconds > 0) result["images_per_second"] = m_done / seconds;
    }
    if (m_model) {
        result["model_sha256"] = m_model->loaded.sha256;
        result["step"] = m_model->loaded.info.step;
    }
    if (reason == FinishReason::Done && !m_kept.empty()) {
        PreviewReady preview = previewOf(m_kept, 0, "result");
        preview.file = m_request.out;
        context.emit(std::move(preview));
    }
    return result;
}

}  // namespace

Result<std::vector<int>> sampleClasses(const std::string& className, const DataShape& shape, int count) {
    const auto& names = shape.classNames;
    if (className.empty() && names.empty()) return std::vector<int>{};
    if (className == "none") return std::vector<int>{};
    if (names.empty())
        return Error{ErrorCode::BadInput, IMAGO_TR("This model does not know classes."), {}, IMAGO_TR("Leave the class out."), "class"};
    std::vector<int> classes(static_cast<std::size_t>(count));
    if (className.empty() || className == "all") {
        for (int i = 0; i < count; ++i) classes[std::size_t(i)] = i % int(names.size());
        return classes;
    }
    int index = -1;
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == className) index = int(i);
    if (index < 0) {
        const auto [end, failed] = std::from_chars(className.data(), className.data() + className.size(), index);
        if (failed != std::errc() || end != className.data() + className.size() || index < 0 || index >= int(names.size())) {
            std::string known;
            for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 30); ++i) known += (i ? ", " : "") + names[i];
            return Error{ErrorCode::BadInput,
                         IMAGO_TR("There is no class “{class}”."),
                         {{"class", className}, {"known", known}, {"last", std::to_string(names.size() - 1)}},
                         IMAGO_TR("Choose one of: {known}; a number from 0 to {last}; all; or none."),
                         "class"};
        }
    }
    std::fill(classes.begin(), classes.end(), index);
    return classes;
}

Result<std::unique_ptr<Job>> makeSampleJob(const SampleRequest& request, ModelCache& models) {
    const bool grid = isPngPath(request.out);
    const int most = grid || request.out.empty() ? kMostInGrid : kMost;
    if (request.count < 1 || request.count > most)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("{count} pictures cannot be made at once: from 1 to {most}."),
                     {{"count", std::to_string(request.count)}, {"most", std::to_string(most)}},
                     {},
                     "count"};
    if (request.labels && (grid || request.out.empty()))
        return Error{ErrorCode::BadInput, IMAGO_TR("A labelled set is a folder: {out} is not one."), {{"out", request.out}}, {}, "out"};
    return std::unique_ptr<Job>(new SampleJob(request, models));
}

}  // namespace imago
