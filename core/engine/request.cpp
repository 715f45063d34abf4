#include "core/engine/request.h"

#include "core/config/bind.h"
#include "core/engine/json_fields.h"

namespace imago {
namespace {

template <std::size_t I = 0>
Result<Request> readKind(const std::string& name, const Json& fields) {
    if constexpr (I == std::variant_size_v<Request>) {
        std::string known;
        const auto add = [&](const char* kind) { known += (known.empty() ? "" : ", ") + std::string(kind); };
        [&]<std::size_t... K>(std::index_sequence<K...>) {
            (add(std::variant_alternative_t<K, Request>::kind), ...);
        }
        (std::make_index_sequence<I>());
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("There is no request {name}; there are {known}."),
                     {{"name", name}, {"known", known}},
                     {},
                     "request"};
    } else {
        using R = std::variant_alternative_t<I, Request>;
        if (name != R::kind) return readKind<I + 1>(name, fields);
        const Schema schema = schemaOf<R>();
        for (const Param& param : schema.params)
            if (param.kind == ParamKind::Picture && fields.contains(param.key) && fields[param.key].is_object())
                return Error{
                    ErrorCode::BadInput,
                    IMAGO_TR("{key} was a picture in the memory of the program that asked; only the path of a file can be read back."),
                    {{"key", param.key}},
                    {},
                    param.key};
        IMAGO_ASSIGN(R request, bind<R>(fields));
        return Request(std::in_place_index<I>, std::move(request));
    }
}

}  // namespace

const char* kindOf(const Request& request) {
    return std::visit([]<class R>(const R&) { return R::kind; }, request);
}

Json toJson(const Request& request) {
    Json json{{"schema", kRequestSchema}, {"request", kindOf(request)}};
    std::visit([&json]<class R>(const R& r) { R::fields().write(json, r); }, request);
    return json;
}

Result<Request> requestFromJson(const Json& json) {
    IMAGO_TRY(checkSchema(json, kRequestSchema, IMAGO_TR("the request")));
    std::string name;
    FieldReader reader(json, IMAGO_TR("the request"));
    reader.require("request", name);
    IMAGO_TRY(reader.finish());
    Json fields = json;
    fields.erase("request");
    return readKind(name, fields);
}

Result<void> checkRequest(const Request& request) {
    return std::visit(
        []<class R>(const R& r) -> Result<void> {
            Json fields = Json::object();
            R::fields().write(fields, r);
            IMAGO_TRY(complete(schemaOf<R>(), fields));
            return {};
        },
        request);
}

}  // namespace imago
