// Schema: a config described as data: what forms, --help, validation and documents are made from. Needs no config struct.
// Values are immutable once made; any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"

namespace imago {

// Dataset, Model and Path are texts with a chooser of their own. List: texts (one of the choices each, where there are
// any). Object: any JSON object, checked by whoever knows what is in it. Picture: a path, or pixels in memory (image/picture_ref.h).
enum class ParamKind { Bool, Int, Real, Text, Choice, Section, Variant, Dataset, Model, Path, List, Object, Picture };
const char* toString(ParamKind kind);  // "bool", "int", ...

struct Choice {
    std::string id;
    std::string label;
};

// Shown only while the value at `key` is one of `values` (as text: "true", "edm", "3"). The key is looked for beside the
// parameter first, then from the root of the config.
struct VisibleWhen {
    std::string key;
    std::vector<std::string> values;
};

struct Alternative;

struct Param {
    std::string key;    // one level of the dotted key
    std::string label;  // IMAGO_TR text
    std::string help;
    ParamKind kind = ParamKind::Text;
    Json defaultValue;  // sections and variants: the whole object
    std::optional<double> min, max;
    std::string unit;
    std::string zeroMeans;  // what 0 means ("own") where it is not meant as a number; empty: it is
    bool whole64 = false;   // Int: from 0 to 2^64 - 1 (seeds)
    bool optional = false;  // null is a value: not given
    bool required = false;  // must be given; has no default
    // On the command line: "--name", "name" (by its place), or empty: not there.
    std::string flag;
    std::vector<Choice> choices;
    bool logScale = false;  // a slider should move in powers
    bool live = false;      // may change while a job runs
    bool advanced = false;  // folded away at first
    std::optional<VisibleWhen> visibleWhen;
    std::vector<Param> children;            // of a Section
    std::vector<Alternative> alternatives;  // of a Variant; its JSON is {"kind": id, ...fields}
};

struct Alternative {
    std::string id, label, help;
    std::vector<Param> children;
};

struct Schema {
    std::string title;
    int version = 1;
    std::vector<Param> params;
    // Brings an older config (of version `from`) up to date; without it older ones are read as they are.
    std::function<Result<Json>(Json old, int from)> migrate;
};

Json toJson(const Schema& schema);  // for `describe --json`

// The complete config: every key, defaults filled in, in the schema's order, with "schema": version. Unknown key, wrong
// type, out of range: an Error that names the dotted key (also in Error::field), the value and what is allowed.
Result<Json> complete(const Schema& schema, const Json& given);
// Likewise where the values of a flat object may also be text, as --set key=value gives them to a job that learns only
// later which schema counts.
Result<Json> completeFromText(const Schema& schema, const Json& given);

// The parameter at a dotted key. Inside a variant, `config` says which alternative counts (default: the default one).
// "variant.kind" gives the variant itself.
Result<const Param*> findParam(const Schema& schema, std::string_view path, const Json& config = Json::object());

// Sets one value from text (C locale), as --set key=value does. Setting a variant's kind drops the other kind's fields.
Result<void> setByPath(Json& config, std::string_view path, std::string_view text, const Schema& schema);

// A live change: the config with one value replaced. Refused when the parameter is not live.
Result<Json> withLiveValue(const Schema& schema, const Json& config, std::string_view path, const Json& value);

// Sections are merged key by key, everything else in `over` wins; a variant of another kind replaces the whole variant.
Json mergeJson(const Schema& schema, const Json& base, const Json& over);

// The value at a dotted key, or null.
const Json* valueAt(const Json& config, std::string_view path);

// siblings: the object that holds the parameter's value; root: the whole config (both complete).
bool isVisible(const Param& param, const Json& siblings, const Json& root);

}  // namespace imago
