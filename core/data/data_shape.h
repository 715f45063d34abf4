// DataShape: what the data dictate of a model's shape. A plain value, any thread.
#pragma once

#include <string>
#include <vector>

namespace imago {

struct DataShape {
    int channels = 1, height = 28, width = 28;
    std::vector<std::string> classNames;  // empty: unlabelled
};

}  // namespace imago
