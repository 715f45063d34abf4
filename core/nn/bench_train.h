// The training benchmark behind `imago bench train`: our step beside the same step written plainly with stock modules,
// alternated in one run. Compute thread (the command line's main thread).
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace imago::nn {

struct BenchOptions {
    bool small = true;
    bool medium = true;
    bool besideLoad = false;  // threads: auto beside other busy programs, instead of the comparison
    int threads = 2;
    int rounds = 3;  // alternations; medians are reported
    int batch = 64;
    std::function<void(const std::string&)> progress;  // a line for people, may be empty
};

struct BenchRow {
    std::string bench;  // "train"
    std::string name;   // case: "small", "medium", "small forward batch 1", ...
    double value = 0;
    std::string unit;
    std::string baseline;  // what baselineValue is; empty: none
    double baselineValue = 0;
    double ratio = 0;  // value / baselineValue (or the inverse for times); 0: none
};

std::vector<BenchRow> benchTrain(const BenchOptions& options);

// One case: both sides in turn, three calls of ours to one of the plain side's, after a call of each to warm up. A call takes
// `pictures` through as many steps as it likes. Gives the medians in pictures per second, and their ratio.
BenchRow race(const BenchOptions& options, const std::string& name, double pictures, const std::function<void()>& ours,
              const std::function<void()>& plain);

}  // namespace imago::nn
