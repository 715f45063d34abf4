#include "core/data/report.h"

#include <algorithm>

#include "core/engine/event.h"

namespace imago {
namespace {

constexpr std::size_t kNamesShown = 5;

const char* sentenceOf(Finding finding) {
    switch (finding) {
        case Finding::Unreadable:
            return IMAGO_TR("Unreadable and left out ({count}): {names}");
        case Finding::Truncated:
            return IMAGO_TR("Cut off in the middle and left out ({count}): {names}");
        case Finding::TooLarge:
            return IMAGO_TR("Too large and left out ({count}): {names}");
        case Finding::Foreign:
            return IMAGO_TR("Of a kind that is not read here and left out ({count}): {names}");
        case Finding::Tiny:
            return IMAGO_TR("Much smaller than what the model learns and enlarged ({count}): {names}");
        case Finding::OffAspect:
            return IMAGO_TR("More than twice as long as high, or the other way round ({count}): {names}");
        case Finding::Duplicate:
            return IMAGO_TR("Exact copies of others, which count twice ({count}): {names}");
    }
    return "";
}

}  // namespace

const char* toString(Finding finding) {
    switch (finding) {
        case Finding::Unreadable:
            return "unreadable";
        case Finding::Truncated:
            return "truncated";
        case Finding::TooLarge:
            return "too_large";
        case Finding::Foreign:
            return "foreign";
        case Finding::Tiny:
            return "tiny";
        case Finding::OffAspect:
            return "off_aspect";
        case Finding::Duplicate:
            return "duplicate";
    }
    return "";
}

bool leftOut(Finding finding) {
    return finding == Finding::Unreadable || finding == Finding::Truncated || finding == Finding::TooLarge || finding == Finding::Foreign;
}

std::size_t DataReport::count(Finding finding) const {
    return static_cast<std::size_t>(std::count_if(items.begin(), items.end(), [&](const FoundItem& i) { return i.finding == finding; }));
}

std::size_t DataReport::leftOut() const {
    return static_cast<std::size_t>(
        std::count_if(items.begin(), items.end(), [](const FoundItem& i) { return imago::leftOut(i.finding); }));
}

std::vector<Error> DataReport::sentences() const {
    std::vector<Error> out;
    for (const Finding finding : kFindings) {
        std::string names;
        std::size_t total = 0;
        for (const FoundItem& item : items) {
            if (item.finding != finding) continue;
            if (total < kNamesShown) names += (total ? ", " : "") + item.name;
            ++total;
        }
        if (total == 0) continue;
        if (total > kNamesShown) names += ", ...";
        out.push_back({ErrorCode::BadInput, sentenceOf(finding), {{"count", std::to_string(total)}, {"names", names}}});
    }
    return out;
}

Json DataReport::toJson() const {
    Json counts = Json::object(), list = Json::array(), words = Json::array();
    for (const Finding finding : kFindings) counts[toString(finding)] = count(finding);
    for (const FoundItem& item : items)
        list.push_back({{"finding", toString(item.finding)}, {"name", item.name}, {"why", item.why.text()}});
    for (const Error& sentence : sentences()) words.push_back(imago::toJson(sentence));
    return {{"files", files},   {"used", used},  {"ignored", ignored}, {"left_out", leftOut()},
            {"counts", counts}, {"items", list}, {"sentences", words}};
}

bool saysTruncated(const Error& error) {
    for (const auto& [key, value] : error.args)
        if (key == "why" && (value.find("ends too early") != std::string::npos || value.find("remature end") != std::string::npos))
            return true;
    return false;
}

Error whatToExpect(std::size_t pictures) {
    if (pictures < kFewPictures) return {ErrorCode::BadInput, IMAGO_TR("Expect variations of your pictures.")};
    if (pictures <= kSmallSet)
        return {ErrorCode::BadInput,
                IMAGO_TR("Starts from a model that already knows shapes and colours where one fits; may repeat your pictures.")};
    return {ErrorCode::BadInput, IMAGO_TR("Learns from scratch.")};
}

}  // namespace imago
