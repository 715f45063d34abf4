// Error: what went wrong as a value: a code, a text template and its arguments.
// The sentence is made where it is shown, in the reader's language. Any thread.
#pragma once

#include <exception>
#include <string>
#include <utility>
#include <vector>

// Marks a text of the core for translation (context "core"); the UI and the command line translate it when they show it.
#define IMAGO_TR(text) text

namespace imago {

// Exit codes of the command line follow these (DESIGN section 5): see exitCode().
enum class ErrorCode { Usage = 1, BadInput, OutOfMemory, Disk, Cancelled, Numerical, Busy, Internal };

struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message;                                      // template, English, with {name} places: "{file} is not a PNG: {why}"
    std::vector<std::pair<std::string, std::string>> args{};  // values of the places
    std::string remedy{};                                     // template: what to do next; may be empty
    std::string field{};  // dotted key of the config field it belongs to ("optimizer.rate"); empty if none

    std::string text() const;  // English: message and remedy with their places filled
};

// Fills the {name} places of a (translated) template.
std::string fillTemplate(std::string templateText, const std::vector<std::pair<std::string, std::string>>& args);

// Whether a thrown exception says that memory ran out, on the CPU or on a card.
bool isOutOfMemory(const std::exception& exception);

// 0 ok, 2 usage, 3 bad input (also busy), 4 out of memory, 5 disk, 6 cancelled, 7 numerical failure, 1 internal.
int exitCode(ErrorCode code);

}  // namespace imago
