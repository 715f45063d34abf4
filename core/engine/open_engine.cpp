#include <dlfcn.h>

#include <cstdlib>
#include <exception>

#include "core/studio.h"

namespace imago {
namespace {

constexpr const char* kModuleFile = "libimago_engine.so";

// The module's Studio, and the module for as long as it lives.
class ModuleStudio final : public Studio {
  public:
    ModuleStudio(std::unique_ptr<Studio> inner, void* handle) : m_inner(std::move(inner)), m_handle(handle) {}
    ~ModuleStudio() override {
        m_inner.reset();
        ::dlclose(m_handle);
    }
    Result<JobId> submit(const Request& request) override { return m_inner->submit(request); }
    void pause(JobId job) override { m_inner->pause(job); }
    void resume(JobId job) override { m_inner->resume(job); }
    void stop(JobId job) override { m_inner->stop(job); }
    void stopWithoutSaving(JobId job) override { m_inner->stopWithoutSaving(job); }
    void cancel(JobId job) override { m_inner->cancel(job); }
    void control(JobId job, const std::string& verb, const Json& argument) override { m_inner->control(job, verb, argument); }
    void setWake(std::function<void()> wake) override { m_inner->setWake(std::move(wake)); }
    void drain(std::vector<Event>& events) override { m_inner->drain(events); }
    bool idle() const override { return m_inner->idle(); }
    void waitIdle() override { m_inner->waitIdle(); }
    std::string deviceSummary() const override { return m_inner->deviceSummary(); }

  private:
    std::unique_ptr<Studio> m_inner;
    void* m_handle;
};

// Where the module may lie: where the caller or the environment says, beside the program, or where packages put it.
std::filesystem::path findModule(const std::filesystem::path& asked) {
    if (!asked.empty()) return asked;
    if (const char* set = std::getenv("IMAGO_ENGINE"); set && *set) return set;
    std::error_code error;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
    const std::filesystem::path beside = program / kModuleFile;
    if (std::filesystem::exists(beside, error)) return beside;
    const std::filesystem::path packaged = program.parent_path() / "lib" / "imago" / kModuleFile;
    return std::filesystem::exists(packaged, error) ? packaged : beside;
}

Error cannotOpen(const std::filesystem::path& file, std::string why) {
    return Error{ErrorCode::Internal,
                 IMAGO_TR("The engine could not be opened ({file}: {why})."),
                 {{"file", file.string()}, {"why", std::move(why)}},
                 IMAGO_TR("Everything but training and making pictures still works. Install Imago again to repair it.")};
}

std::string loaderSays() {
    const char* text = ::dlerror();
    return text ? text : "no reason given";
}

}  // namespace

Result<std::unique_ptr<Studio>> openEngine(const StudioOptions& options, const std::filesystem::path& module) {
    const std::filesystem::path file = findModule(module);
    std::error_code error;
    if (!std::filesystem::exists(file, error)) return cannotOpen(file, "there is no such file");
    // LibTorch leaves behind what must not be unmapped (thread-local objects, exit handlers): its code stays.
    void* handle = ::dlopen(std::filesystem::absolute(file, error).c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle) return cannotOpen(file, loaderSays());
    const auto factory = reinterpret_cast<StudioFactory>(::dlsym(handle, kStudioFactoryName));
    if (!factory) {
        Error refused = cannotOpen(file, loaderSays());
        ::dlclose(handle);
        return refused;
    }
    std::string why = "it gave no reason";
    try {
        if (std::unique_ptr<Studio> studio{factory(&options)})
            return std::unique_ptr<Studio>(std::make_unique<ModuleStudio>(std::move(studio), handle));
    } catch (const std::exception& exception) {
        why = exception.what();
    }
    ::dlclose(handle);
    return cannotOpen(file, std::move(why));
}

}  // namespace imago
