#include "core/base/json.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace imago {

namespace {

// Builds the document from parse events, so that duplicate keys and depth are seen before they cost anything.
class Builder {
  public:
    explicit Builder(int maxDepth) : m_maxDepth(maxDepth) {}

    bool null() { return put(nullptr); }
    bool boolean(bool value) { return put(value); }
    bool number_integer(Json::number_integer_t value) { return put(value); }
    bool number_unsigned(Json::number_unsigned_t value) { return put(value); }
    bool number_float(Json::number_float_t value, const std::string&) { return put(value); }
    bool string(std::string& value) { return put(std::move(value)); }
    bool binary(Json::binary_t&) { return fail("binary values are not allowed"); }
    bool start_object(std::size_t) { return open(Json::object()); }
    bool start_array(std::size_t) { return open(Json::array()); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }

    bool key(std::string& name) {
        Level& level = m_levels.back();
        if (!level.names.insert(name).second) return fail("the key \"" + name.substr(0, 80) + "\" appears twice in one object");
        level.key = std::move(name);
        return true;
    }

    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) {
        m_position = position;
        std::string text = error.what();  // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error ..."
        if (const auto cut = text.find("] "); cut != std::string::npos) text = text.substr(cut + 2);
        if (text.size() > 300) text.resize(300);
        return fail(std::move(text));
    }

    const std::string& problem() const { return m_problem; }
    Json take() { return std::move(m_root); }

  private:
    struct Level {
        Json value;
        std::string key;
        std::unordered_set<std::string> names;
    };

    bool fail(std::string why) {
        if (m_problem.empty()) m_problem = std::move(why);
        return false;
    }
    bool open(Json empty) {
        if (static_cast<int>(m_levels.size()) >= m_maxDepth)
            return fail("it is nested more than " + std::to_string(m_maxDepth) + " levels deep");
        m_levels.push_back({std::move(empty), {}, {}});
        return true;
    }
    bool close() {
        Json done = std::move(m_levels.back().value);
        m_levels.pop_back();
        return put(std::move(done));
    }
    bool put(Json value) {
        if (m_levels.empty()) {
            m_root = std::move(value);
            return true;
        }
        Level& level = m_levels.back();
        if (level.value.is_array()) {
            level.value.push_back(std::move(value));
        } else {
            // Appended without the linear search that operator[] makes: the key is known to be new.
            auto& members = static_cast<Json::object_t::Container&>(level.value.get_ref<Json::object_t&>());
            members.emplace_back(std::move(level.key), std::move(value));
        }
        return true;
    }

    int m_maxDepth;
    std::size_t m_position = 0;
    std::string m_problem;
    std::vector<Level> m_levels;
    Json m_root;
};

}  // namespace

Result<Json> parseJson(std::string_view text, std::string_view whatItIs) {
    return parseJson(text, whatItIs, JsonLimits{});
}

Result<Json> parseJson(std::string_view text, std::string_view whatItIs, const JsonLimits& limits) {
    const auto refuse = [&](std::string why) {
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("{what} cannot be read: {why}."),
                     {{"what", std::string(whatItIs)}, {"why", std::move(why)}},
                     IMAGO_TR("It is damaged or is not JSON; restore it from a copy or delete it.")};
    };
    if (text.size() > limits.bytes)
        return refuse("it has " + std::to_string(text.size()) + " bytes, more than the " + std::to_string(limits.bytes) + " allowed");
    // The lexer takes a zero byte for the end, and would not look at what follows it.
    if (text.find('\0') != std::string_view::npos) return refuse("it contains a zero byte");
    Builder builder(limits.depth);
    const bool good = Json::sax_parse(text.begin(), text.end(), &builder);
    if (!good) return refuse(builder.problem().empty() ? "it ends too early" : builder.problem());
    return builder.take();
}

}  // namespace imago
