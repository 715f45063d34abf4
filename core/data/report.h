// DataReport: what was found when a dataset was opened, every file of it that was left out or looks odd, named and in plain
// words. Plain values, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"

namespace imago {

enum class Finding {
    Unreadable,  // left out: damaged, empty, not a picture, not allowed to be read
    Truncated,   // left out: the file ends in the middle
    TooLarge,    // left out: more pixels than a training picture may have
    Foreign,     // left out: a picture of a format that is not read here
    Tiny,        // used: much smaller than the model's pictures, enlarged
    OffAspect,   // used: one side more than twice the other
    Duplicate    // used: the same bytes as an earlier one
};
inline constexpr Finding kFindings[] = {Finding::Unreadable, Finding::Truncated, Finding::TooLarge, Finding::Foreign,
                                        Finding::Tiny,       Finding::OffAspect, Finding::Duplicate};
const char* toString(Finding finding);  // "off_aspect"
bool leftOut(Finding finding);

struct FoundItem {
    Finding finding = Finding::Unreadable;
    std::string name;  // inside the dataset, printable UTF-8
    Error why;
};

struct DataReport {
    std::size_t files = 0;    // that were looked at as pictures
    std::size_t used = 0;     // pictures in the dataset
    std::size_t ignored = 0;  // files that do not look like pictures at all
    std::vector<FoundItem> items;

    std::size_t count(Finding finding) const;
    std::size_t leftOut() const;
    // One for each kind that occurred: what it is, how many, the first names.
    std::vector<Error> sentences() const;
    // {"files","used","ignored","left_out","counts":{...},"items":[{"finding","name","why"}],"sentences":[errors]}
    Json toJson() const;
};

// Whether a decoder's sentence says that the file ends too early.
bool saysTruncated(const Error& error);

// What can be expected from so many pictures, in one sentence (guide: look, "After a folder is dropped").
inline constexpr std::size_t kFewPictures = 20, kSmallSet = 2000;
Error whatToExpect(std::size_t pictures);

}  // namespace imago
