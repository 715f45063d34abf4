#include "core/sample/model_cache.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/base/log.h"
#include "core/models/shipped.h"

namespace imago {

namespace fs = std::filesystem;

namespace {

std::optional<std::int64_t> numberOf(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

struct Candidate {
    std::int64_t step = 0;
    bool checkpoint = false;
    fs::path file;
};

// checkpoints/NNNNNNNN/ with a manifest (a folder without one does not count) and snapshots/NNNNNNNN.safetensors.
std::vector<Candidate> candidatesOf(const fs::path& run) {
    std::vector<Candidate> found;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(run / "checkpoints", ignored)) {
        const auto step = numberOf(entry.path().filename().string());
        const fs::path file = entry.path() / "weights.safetensors";
        if (step && fs::exists(entry.path() / "manifest.json", ignored) && fs::exists(file, ignored)) found.push_back({*step, true, file});
    }
    for (const auto& entry : fs::directory_iterator(run / "snapshots", ignored)) {
        const auto step = numberOf(entry.path().stem().string());
        if (step && entry.path().extension() == ".safetensors") found.push_back({*step, false, entry.path()});
    }
    std::sort(found.begin(), found.end(),
              [](const Candidate& a, const Candidate& b) { return a.step != b.step ? a.step > b.step : a.checkpoint > b.checkpoint; });
    return found;
}

}  // namespace

ModelCache::ModelCache(std::string device, std::size_t keep) : m_device(std::move(device)), m_keep(std::max<std::size_t>(keep, 1)) {}

Result<std::vector<fs::path>> ModelCache::find(const std::string& reference) {
    std::error_code ignored;
    if (fs::is_regular_file(reference, ignored)) return std::vector<fs::path>{reference};
    if (const auto shipped = shippedModel(reference); shipped && !fs::exists(reference, ignored)) return std::vector<fs::path>{*shipped};
    fs::path run = reference;
    std::optional<std::int64_t> step;
    if (!fs::is_directory(run, ignored)) {
        const auto at = reference.rfind('@');
        if (at != std::string::npos) {
            run = reference.substr(0, at);
            step = numberOf(reference.substr(at + 1));
        }
        if (!step || !fs::is_directory(run, ignored))
            return Error{ErrorCode::BadInput,
                         IMAGO_TR("There is no run or model at {model}."),
                         {{"model", reference}, {"shipped", shippedModelNames()}},
                         IMAGO_TR("Give a run folder, RUN@STEP, a model file, or the name of a model that comes with Imago ({shipped})."),
                         "model"};
    }
    std::vector<fs::path> files;
    for (const auto& candidate : candidatesOf(run))
        if (!step || candidate.step == *step) files.push_back(candidate.file);
    if (files.empty() && step)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The run {run} has neither a checkpoint nor a snapshot of step {step}."),
                     {{"run", run.string()}, {"step", std::to_string(*step)}},
                     {},
                     "model"};
    if (files.empty())
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The run {run} has nothing saved yet."),
                     {{"run", run.string()}},
                     IMAGO_TR("Let it train until its first checkpoint."),
                     "model"};
    return files;
}

Result<std::shared_ptr<CachedModel>> ModelCache::get(const std::string& reference) {
    IMAGO_ASSIGN(const std::vector<fs::path> files, find(reference));
    std::optional<Error> first;
    for (const auto& file : files) {
        auto model = load(file);
        if (model) return model;
        if (!first) first = model.error();
        if (files.size() > 1) logWarning("passed over a damaged model file: " + model.error().text());
    }
    return *first;
}

Result<std::shared_ptr<CachedModel>> ModelCache::load(const fs::path& file) {
    std::error_code problem;
    const auto time = fs::last_write_time(file, problem);
    const auto size = fs::file_size(file, problem);
    for (auto entry = m_entries.begin(); entry != m_entries.end(); ++entry)
        if (entry->file == file && entry->time == time && entry->size == size) {
            m_entries.splice(m_entries.begin(), m_entries, entry);
            return entry->model;
        }
    IMAGO_ASSIGN(const Device device, parseDevice(m_device));
    auto model = std::make_shared<CachedModel>();
    IMAGO_ASSIGN(model->loaded, readModel(file, device));
    model->file = file;
    m_entries.remove_if([&](const Entry& entry) { return entry.file == file; });
    m_entries.push_front({file, time, size, model});
    while (m_entries.size() > m_keep) m_entries.pop_back();
    return model;
}

}  // namespace imago
