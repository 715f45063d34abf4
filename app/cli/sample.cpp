#include <cstdio>

#include "app/cli/request_flags.h"

namespace imago::cli {

void addSample(CLI::App& app, Globals& globals) {
    addRequestVerb(
        app, globals,
        {"sample", "Make pictures with a trained model", SampleRequest::kind, schemaOf<SampleRequest>(), {"out"}, [](const Json& result) {
             std::printf("%s\n", result.value("out", "").c_str());
         }});
}

}  // namespace imago::cli
