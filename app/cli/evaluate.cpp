#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "app/cli/request_flags.h"

namespace imago::cli {

namespace {

constexpr std::size_t kWidestTable = 16;  // classes whose confusion fits a terminal

// A column for the subject and one for real pictures, where there are any.
void showFigures(const Json& result) {
    if (result.contains("table_text")) {
        std::printf("%s", result["table_text"].get<std::string>().c_str());
        std::printf("every series rises in every distance that counts: %s\n", result.value("monotone", false) ? "yes" : "no");
        for (const auto& [name, answer] : result["monotone_each"].items())
            if (!answer.value("ok", true)) std::printf("  %s does not: %s\n", name.c_str(), answer["broken"].dump().c_str());
        return;
    }
    if (result.contains("sweep")) {
        std::vector<const char*> shown;
        for (const char* name : {"fd", "kid", "coverage", "swd"})
            if (!result["sweep"].empty() && result["sweep"][0].contains(name)) shown.push_back(name);
        std::printf("%-10s %12s", "solver", "evaluations");
        for (const char* name : shown) std::printf(" %10s", name);
        std::printf("\n");
        for (const Json& row : result["sweep"]) {
            std::printf("%-10s %12d", row.value("solver", "").c_str(), row.value("evaluations", 0));
            for (const char* name : shown) std::printf(" %10.4f", row.value(name, 0.0));
            std::printf("\n");
        }
        std::printf("%lld pictures each; %s\n", result.value("count", 0LL), result["evaluator"].value("why", "").c_str());
        return;
    }
    if (result.contains("accuracy_both")) {
        std::printf("%lld real pictures alone         accuracy %.4f\n", result.value("real", 0LL), result.value("accuracy_real", 0.0));
        std::printf("and %lld of the model            accuracy %.4f\n", result.value("made", 0LL), result.value("accuracy_both", 0.0));
        std::printf("difference %+.4f (one standard deviation: %.4f), on %lld pictures that neither classifier has seen\n",
                    result.value("gain", 0.0), result.value("error", 0.0), result.value("test", 0LL));
        return;
    }
    if (result.contains("accuracy")) {
        std::printf("accuracy %.4f on %lld pictures\n", result.value("accuracy", 0.0), result.value("count", 0LL));
        const Json &classes = result["classes"], &confusion = result["confusion"];
        std::printf("  %-16s %6s", "is", "right");
        if (classes.size() <= kWidestTable) std::printf("   named as (columns in the same order)");
        std::printf("\n");
        for (std::size_t i = 0; i < classes.size(); ++i) {
            const auto name = classes[i].get<std::string>();
            if (result["class_accuracy"].contains(name))
                std::printf("  %-16s %6.3f  ", name.c_str(), result["class_accuracy"][name].get<double>());
            else
                std::printf("  %-16s %6s  ", name.c_str(), "-");  // none of it was looked at
            for (const Json& count : confusion[i])
                if (classes.size() <= kWidestTable) std::printf(" %5lld", count.get<long long>());
            std::printf("\n");
        }
        std::printf("surest mistakes:\n");
        for (std::size_t i = 0; i < std::min<std::size_t>(8, result["mistakes"].size()); ++i) {
            const Json& m = result["mistakes"][i];
            std::printf("  picture %s is %s, named %s (%.0f %%)\n", m.value("picture", "").c_str(), m.value("is", "").c_str(),
                        m.value("named", "").c_str(), 100 * m.value("sure", 0.0));
        }
        return;
    }
    const Json& figures = result.at("figures");
    const Json floor = result.value("floor", Json::object());
    std::printf("%-14s %12s %14s\n", "", "this", "real pictures");
    for (const char* name : {"fd", "kid", "precision", "recall", "density", "coverage", "swd"}) {
        if (!figures.contains(name)) continue;
        std::printf("%-14s %12.4f", name, figures[name].get<double>());
        if (floor.contains(name)) std::printf(" %14.4f", floor[name].get<double>());
        std::printf("\n");
    }
    std::printf("%lld pictures; %s\n", result.value("count", 0LL), result["evaluator"].value("why", "").c_str());
}

// The kind that was asked for; flags that it does not have were typed in vain.
Result<Request> requestFor(const RequestFlags& flags, const std::string& kind) {
    IMAGO_ASSIGN(Json form, flags.form());
    const auto made = [&](const Schema& schema) -> Result<Request> {
        for (const Param& param : schemaOf<EvaluateRequest>().params)
            if (form.contains(param.key) && !findParam(schema, param.key))
                return Error{ErrorCode::Usage, "{flag} does not go with --{kind}.", {{"flag", param.flag}, {"kind", kind}}};
        return requestOf(kind.c_str(), form);
    };
    if (kind == CalibrateRequest::kind) {
        form.erase("model");  // no model is judged
        return made(schemaOf<CalibrateRequest>());
    }
    if (!flags.given("model")) return Error{ErrorCode::Usage, "evaluate needs a model or --calibrate."};
    if (kind == WorthRequest::kind) return made(schemaOf<WorthRequest>());
    if (kind == SweepRequest::kind) return made(schemaOf<SweepRequest>());
    return made(schemaOf<EvaluateRequest>());
}

}  // namespace

void addEvaluate(CLI::App& app, Globals& globals) {
    struct Options {
        bool calibrate = false, worth = false, sweep = false;
        SessionOptions session;
    };
    auto* verb = app.add_subcommand("evaluate", "Measure how close a model's pictures are to real ones");
    const auto flags = std::make_shared<RequestFlags>(*verb, schemaOf<EvaluateRequest>());
    const auto options = std::make_shared<Options>();
    (*flags)["model"]->required(false);
    auto* calibrate =
        verb->add_flag("--calibrate", options->calibrate, "Print how the figures answer to known damage, instead of judging a model");
    auto* worth = verb->add_flag(
        "--worth", options->worth,
        "Measure instead what the model's labelled pictures add, for a classifier, to a tenth of the real ones (of data without "
        "test pictures of their own, half are the test, which the model itself may have learned from)");
    verb->add_flag("--sweep", options->sweep, "Measure every solver of a diffusion model with 2 to 35 evaluations instead")
        ->excludes(calibrate)
        ->excludes(worth);
    worth->excludes(calibrate);
    options->session.show = showFigures;
    addSessionOptions(*verb, options->session);
    verb->callback([flags, options, &globals] {
        const char* kind = options->calibrate ? CalibrateRequest::kind
                           : options->worth   ? WorthRequest::kind
                           : options->sweep   ? SweepRequest::kind
                                              : EvaluateRequest::kind;
        const Result<Request> request = requestFor(*flags, kind);
        globals.exitCode = request ? runRequest(*request, globals, options->session) : fail(request.error(), globals);
    });
}

}  // namespace imago::cli
