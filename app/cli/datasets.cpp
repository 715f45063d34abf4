// imago datasets: what can be trained on; with a dataset, what is in it and what is wrong with it. imago pack: one file of it.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/cli/request_flags.h"
#include "core/data/dataset.h"

namespace imago::cli {

namespace {

constexpr std::size_t kNamesShown = 20;

int listKinds(const Globals& globals) {
    Json list = Json::array();
    for (const DatasetInfo& info : datasetInfos()) {
        list.push_back(
            {{"id", info.id}, {"spec", info.pattern}, {"label", info.label}, {"help", info.help}, {"available", info.available}});
        if (!globals.json)
            std::printf("%-38s %s%s\n", info.pattern.c_str(), info.help.c_str(), info.available ? "" : " (not on this machine)");
    }
    if (globals.json) printResult({{"datasets", list}});
    return 0;
}

void printFindings(const Json& report) {
    std::size_t shown = 0;
    for (const Json& item : report["items"]) {
        if (++shown > kNamesShown) break;
        std::printf("  %s: %s\n", item.value("name", "").c_str(), item.value("why", "").c_str());
    }
    if (report["items"].size() > kNamesShown)
        std::printf("  ... and %zu more; all of them with --json\n", report["items"].size() - kNamesShown);
}

void printReport(const Json& result) {
    const Json report = result.value("report", Json::object());
    if (!report.contains("items")) return;
    std::printf("%zu pictures of %d x %d, %s, from %zu files; %zu left out, %zu other files.\n", result.value("count", std::size_t(0)),
                result.value("width", 0), result.value("height", 0), result.value("channels", 0) == 1 ? "grey" : "colour",
                report.value("files", std::size_t(0)), report.value("left_out", std::size_t(0)), report.value("ignored", std::size_t(0)));
    for (const Json& sentence : report["sentences"]) std::printf("- %s\n", sentence.value("text", "").c_str());
    printFindings(report);
    for (const Json& one : result["classes"])
        std::printf("class %s: %zu\n", one.value("name", "").c_str(), one.value("count", std::size_t(0)));
    if (const auto without = result.value("unlabelled", std::size_t(0)); without > 0 && !result["classes"].empty())
        std::printf("without class: %zu\n", without);
    std::printf("%s\n", result.value("expectation", "").c_str());
    if (result.contains("packed"))
        std::printf("Packed into %s (%.1f MB).\n", result["packed"].value("file", "").c_str(), result["packed"].value("bytes", 0.0) / 1e6);
}

int look(const RequestFlags& flags, const Globals& globals) {
    return runTyped(flags, InspectDataRequest::kind, globals, {"auto", "auto", printReport});
}

}  // namespace

void addDatasets(CLI::App& app, Globals& globals) {
    auto* verb =
        app.add_subcommand("datasets", "Kinds of pictures that can be trained on; with DATA: what is in it and what is wrong with it");
    const auto flags = std::make_shared<RequestFlags>(*verb, schemaOf<InspectDataRequest>(), std::vector<std::string>{"pack_to"});
    (*flags)["data"]->required(false);
    verb->callback([flags, &globals] { globals.exitCode = flags->given("data") ? look(*flags, globals) : listKinds(globals); });

    auto* pack = app.add_subcommand("pack", "Write a dataset as one file that opens at once");
    const auto packing = std::make_shared<RequestFlags>(*pack, schemaOf<InspectDataRequest>());
    (*packing)["pack_to"]->required();
    pack->callback([packing, &globals] { globals.exitCode = look(*packing, globals); });
}

}  // namespace imago::cli
