// JobWords: how the window speaks of the jobs of one kind, in the tray and before it closes. A kind without words is called
// by its jobs' own titles. GUI thread.
#pragma once

#include <QString>
#include <span>

#include "core/engine/event.h"

namespace imago {

// Said before the window closes while something would be lost.
struct StillGoing {
    QString what;  // "3 samples are still being made."
    QString fate;  // what becomes of them
    QString keep;  // the button that leaves them alone: "Keep going"
};

struct JobWords {
    const char* kind;
    bool saves;  // to stop one keeps what it has made; else it can only be cancelled
    QString (*title)(const JobStarted& started);
    StillGoing (*stillGoing)(int count);
};

inline const JobWords* findWords(std::span<const JobWords> words, const std::string& kind) {
    for (const JobWords& row : words)
        if (row.kind == kind) return &row;
    return nullptr;
}

}  // namespace imago
