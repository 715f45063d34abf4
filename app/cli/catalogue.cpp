// What there is: families, and every setting of one.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/cli/cli.h"
#include "core/config/presets.h"
#include "core/models/family_info.h"

namespace imago::cli {

namespace {

void printParams(const std::vector<Param>& params, const std::string& prefix);

void printVariant(const Param& param, const std::string& key) {
    std::printf("  %s.kind  (%s)\n      %s\n", key.c_str(), param.defaultValue.value("kind", "").c_str(), param.help.c_str());
    for (const auto& alternative : param.alternatives) {
        std::printf("   with %s.kind=%s\n", key.c_str(), alternative.id.c_str());
        printParams(alternative.children, key + ".");
    }
}

void printParams(const std::vector<Param>& params, const std::string& prefix) {
    for (const auto& param : params) {
        const std::string key = prefix + param.key;
        if (param.kind == ParamKind::Section) {
            printParams(param.children, key + ".");
            continue;
        }
        if (param.kind == ParamKind::Variant) {
            printVariant(param, key);
            continue;
        }
        std::string allowed;
        if (param.min || param.max)
            allowed = "  [" + (param.min ? Json(*param.min).dump() : "") + " .. " + (param.max ? Json(*param.max).dump() : "") + "]";
        for (const auto& choice : param.choices) allowed += (allowed.empty() ? "  " : " | ") + choice.id;
        const std::string unit = param.unit.empty() ? "" : ' ' + param.unit;
        std::printf("  %s  (%s%s)%s%s\n      %s\n", key.c_str(), param.defaultValue.dump().c_str(), unit.c_str(), allowed.c_str(),
                    param.live ? "  live" : "", param.help.c_str());
    }
}

int showFamilies(const Globals& globals) {
    Json list = Json::array();
    for (const auto& family : familyInfos()) {
        Json presets = Json::array();
        std::string names;
        for (const auto& preset : presetsOf(family.id)) {
            presets.push_back({{"id", preset.id}, {"label", preset.label}, {"help", preset.help}});
            names += (names.empty() ? "" : ", ") + preset.id;
        }
        list.push_back({{"id", family.id}, {"label", family.label}, {"help", family.help}, {"presets", presets}});
        if (!globals.json)
            std::printf("%-12s %s\n             %s\n             presets: %s\n", family.id.c_str(), family.label.c_str(),
                        family.help.c_str(), names.empty() ? "none" : names.c_str());
    }
    if (globals.json) printResult({{"families", list}});
    return 0;
}

int describe(const std::string& id, const Globals& globals) {
    auto family = findFamilyInfo(id);
    if (!family.ok()) {
        family.error().code = ErrorCode::Usage;
        return fail(family.error(), globals);
    }
    if (globals.json) {
        printResult({{"id", id}, {"config", toJson((*family)->config)}, {"sampling", toJson((*family)->sampling)}});
        return 0;
    }
    std::printf("%s: %s\n%s\n\nTraining (imago train --set key=value):\n", id.c_str(), (*family)->label.c_str(), (*family)->help.c_str());
    printParams((*family)->config.params, "");
    if ((*family)->abilities.generates) std::printf("\nSampling (imago sample --set key=value):\n");
    printParams((*family)->sampling.params, "");
    return 0;
}

}  // namespace

void addCatalogue(CLI::App& app, Globals& globals) {
    app.add_subcommand("families", "Kinds of model that can be trained")->callback([&globals] {
        globals.exitCode = showFamilies(globals);
    });
    auto id = std::make_shared<std::string>();
    auto* verb = app.add_subcommand("describe", "Every setting of a family");
    verb->add_option("family", *id, "Its name")->required();
    verb->callback([id, &globals] { globals.exitCode = describe(*id, globals); });
}

}  // namespace imago::cli
