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

// Every verb, in the order of --help: a name here and a file with `void add<Name>(CLI::App&, Globals&)`.
#define IMAGO_VERBS(VERB) \
    VERB(Train)           \
    VERB(Sample) VERB(Evaluate) VERB(Export) VERB(Compress) VERB(Catalogue) VERB(Datasets) VERB(Inspect) VERB(Bench) VERB(Selfcheck)
#define IMAGO_DECLARE_VERB(Name) void add##Name(CLI::App& app, Globals& globals);
IMAGO_VERBS(IMAGO_DECLARE_VERB)
#undef IMAGO_DECLARE_VERB

// Runs one request to its end, printing events (JSON lines with --json, else a progress line). SIGINT and SIGTERM finish
// the step, save and give 6. The result is printed as JSON, or handed to `show` for people. Returns the exit code.
struct SessionOptions {
    std::string device = "auto";
    std::string threads = "auto";
    std::function<void(const Json& result)> show;
};
void addSessionOptions(CLI::App& verb, SessionOptions& options);  // --device, --threads
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
