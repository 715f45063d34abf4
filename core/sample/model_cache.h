// ModelCache: the models that samples are made with, found by run, run and step, or file, and kept while their files stay
// as they are. find() on any thread; get() on the compute thread only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <string>
#include <vector>

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

    // reference: a model file, "RUN" (its newest whole checkpoint or snapshot) or "RUN@STEP". Damaged files are passed over
    // for older ones, with a warning in the log, unless a step was named.
    Result<std::shared_ptr<CachedModel>> get(const std::string& reference);

    // The files that a reference may stand for, best first. Never empty when ok.
    static Result<std::vector<std::filesystem::path>> find(const std::string& reference);

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
