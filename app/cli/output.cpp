#include <cstdio>

#include "app/cli/cli.h"

namespace imago::cli {

void printJson(const Json& json) {
    std::printf("%s\n", json.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
    std::fflush(stdout);
}

void printResult(const Json& result) {
    Json json{{"event", "result"}, {"ok", true}};
    json.update(result);
    printJson(json);
}

int fail(const Error& error, const Globals& globals) {
    const int code = exitCode(error.code);
    if (globals.json) {
        Json json{{"event", "result"}, {"ok", false}, {"exit", code}, {"error", error.text()}};
        if (!error.field.empty()) json["field"] = error.field;
        printJson(json);
    } else {
        std::fprintf(stderr, "imago: %s\n", error.text().c_str());
    }
    return code;
}

Result<std::pair<std::string, std::string>> splitSetting(const std::string& setting) {
    const auto equals = setting.find('=');
    if (equals == std::string::npos)
        return Error{ErrorCode::Usage,
                     "--set {text} has no '='.",
                     {{"text", setting}},
                     "Write --set key=value, for example --set optimizer.batch=32."};
    return std::pair(setting.substr(0, equals), setting.substr(equals + 1));
}

Result<void> setAll(const std::vector<std::string>& settings, Json& into) {
    for (const auto& setting : settings) {
        IMAGO_ASSIGN(const auto pair, splitSetting(setting));
        into[pair.first] = pair.second;
    }
    return {};
}

}  // namespace imago::cli
