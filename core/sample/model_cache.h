// ModelCache: the models that samples are made with, found as model_reference.h says and kept while their files stay as they
// are. Compute thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <string>

#include "core/models/model_file.h"

namespace imago {

struct CachedModel {
    LoadedModel loaded;
    std::filesystem::path file;
    GenerativeModel& model() const { return *loaded.model; }
};

class ModelCache {
  public:
    // device: text as in the settings. keep: how many models stay in memory; the one used longest ago goes first.
    explicit ModelCache(std::string device = "auto", std::size_t keep = 2);

    Result<std::shared_ptr<CachedModel>> get(const std::string& reference);

  private:
    struct Entry {
        std::filesystem::path file;
        std::filesystem::file_time_type time;
        std::uintmax_t size = 0;
        std::shared_ptr<CachedModel> model;
    };
    Result<std::shared_ptr<CachedModel>> load(const std::filesystem::path& file);

    std::string m_device;
    std::size_t m_keep;
    std::list<Entry> m_entries;  // used last in front
};

}  // namespace imago
