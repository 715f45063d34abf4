#include "app/cli/request_flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

namespace imago::cli {

namespace {

std::string typeName(const Param& param) {
    std::string words;
    for (const Choice& choice : param.choices) words += (words.empty() ? "{" : ",") + choice.id;
    if (!words.empty()) return words + "}";
    if (param.kind == ParamKind::Int) return param.whole64 ? "UINT" : "INT";
    return param.kind == ParamKind::Real ? "FLOAT" : "TEXT";
}

// What is wrong with what was typed, said of the flag.
Error usage(Error error, const Param& param) {
    error.code = ErrorCode::Usage;
    for (auto& [name, value] : error.args)
        if (name == "key") value = param.flag;
    return error;
}

}  // namespace

RequestFlags::RequestFlags(CLI::App& verb, Schema schema, const std::vector<std::string>& except) : m_schema(std::move(schema)) {
    for (const Param& param : m_schema.params) {
        if (param.flag.empty() || std::ranges::find(except, param.key) != except.end()) continue;
        CLI::Option*& option = m_options[param.key];
        if (param.kind == ParamKind::Bool) {
            option = verb.add_flag(param.flag, param.help);
            continue;
        }
        option = verb.add_option(param.flag, param.help)->type_name(typeName(param))->required(param.required);
        if (param.kind == ParamKind::Object) option->take_all()->allow_extra_args(false);
    }
}

bool RequestFlags::given(const std::string& key) const {
    const auto option = m_options.find(key);
    return option != m_options.end() && option->second->count() > 0;
}

std::vector<std::string> RequestFlags::texts(const std::string& key) const {
    return given(key) ? m_options.at(key)->results() : std::vector<std::string>();
}

Result<Json> RequestFlags::form() const {
    Json form = Json::object();
    for (const Param& param : m_schema.params) {
        if (!given(param.key)) continue;
        if (param.kind == ParamKind::Bool) {
            form[param.key] = true;
        } else if (param.kind == ParamKind::Object) {
            IMAGO_TRY(setAll(texts(param.key), form[param.key] = Json::object()));
        } else if (const auto set = setByPath(form, param.key, texts(param.key).back(), m_schema); !set) {
            return usage(set.error(), param);
        }
    }
    return form;
}

Result<Request> requestOf(const char* kind, Json form) {
    form["schema"] = kRequestSchema;
    form["request"] = kind;
    Result<Request> request = requestFromJson(form);
    if (!request) request.error().code = ErrorCode::Usage;
    return request;
}

int runTyped(const RequestFlags& flags, const char* kind, const Globals& globals, const SessionOptions& session) {
    const auto typed = [&]() -> Result<Request> {
        IMAGO_ASSIGN(Json form, flags.form());
        return requestOf(kind, std::move(form));
    };
    const Result<Request> request = typed();
    return request ? runRequest(*request, globals, session) : fail(request.error(), globals);
}

void addRequestVerb(CLI::App& app, Globals& globals, RequestVerb verb) {
    auto* command = app.add_subcommand(verb.name, verb.help);
    const auto flags = std::make_shared<RequestFlags>(*command, std::move(verb.schema));
    for (const std::string& key : verb.required) (*flags)[key]->required();
    const auto session = std::make_shared<SessionOptions>();
    session->show = std::move(verb.show);
    addSessionOptions(*command, *session);
    command->callback([flags, session, kind = verb.kind, &globals] { globals.exitCode = runTyped(*flags, kind, globals, *session); });
}

}  // namespace imago::cli
