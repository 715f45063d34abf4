#include "core/sample/model_cache.h"

#include <algorithm>

#include "core/models/model_reference.h"

namespace imago {

namespace fs = std::filesystem;

ModelCache::ModelCache(std::string device, std::size_t keep) : m_device(std::move(device)), m_keep(std::max<std::size_t>(keep, 1)) {}

Result<std::shared_ptr<CachedModel>> ModelCache::get(const std::string& reference) {
    std::shared_ptr<CachedModel> model;
    IMAGO_TRY(readBestModel(reference, [&](const fs::path& file) -> Result<void> {
        IMAGO_ASSIGN(model, load(file));
        return {};
    }));
    return model;
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
