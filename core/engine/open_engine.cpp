#include <dlfcn.h>

#include <cstdlib>
#include <exception>

#include "core/studio.h"

namespace imago {
namespace {

constexpr const char* kModuleFile = "libimago_engine.so";

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
        if (std::unique_ptr<Studio> studio{factory(&options)}) return studio;
    } catch (const std::exception& exception) {
        why = exception.what();
    }
    ::dlclose(handle);
    return cannotOpen(file, std::move(why));
}

}  // namespace imago
