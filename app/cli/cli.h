// The command line: one file per verb. Each adds its subcommand and leaves an exit code. Main thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/config/schema.h"
#include "core/engine/request.h"

namespace CLI {
class App;
}

namespace imago::cli {

struct Globals {
    bool json = false;
    int exitCode = 0;
};

void addCatalogue(CLI::App& app, Globals& globals);  // families, describe
void addDatasets(CLI::App& app, Globals& globals);   // datasets, pack
void addTrain(CLI::App& app, Globals& globals);
void addSample(CLI::App& app, Globals& globals);
void addEvaluate(CLI::App& app, Globals& globals);
void addExport(CLI::App& app, Globals& globals);
void addCompress(CLI::App& app, Globals& globals);
void addBench(CLI::App& app, Globals& globals);
void addSelfcheck(CLI::App& app, Globals& globals);
void addInspect(CLI::App& app, Globals& globals);

// Runs one request to its end, printing events (JSON lines with --json, else a progress line). SIGINT and SIGTERM finish
// the step, save and give 6. The result is printed as JSON, or handed to `show` for people. Returns the exit code.
struct SessionOptions {
    std::string device = "auto";
    std::string threads = "auto";
    std::function<void(const Json& result)> show;
};
int runRequest(const Request& request, const Globals& globals, const SessionOptions& options);

// Prints the error (a JSON line with --json, else on stderr) and returns its exit code.
int fail(const Error& error, const Globals& globals);
void printJson(const Json& json);      // one line
void printResult(const Json& result);  // {"event":"result","ok":true, ...} on one line

// "key=value" apart; an Error when there is no '='.
Result<std::pair<std::string, std::string>> splitSetting(const std::string& setting);
// Several of them, as text, into a flat object: which family's schema counts, and with it the types, is known once the
// model is open.
Result<void> setAll(const std::vector<std::string>& settings, Json& into);

}  // namespace imago::cli
