// Config of the classifier family: a small residual network that names pictures (after He et al. 2016, with GroupNorm).
// Pictures [N, C, H, W] in [-1, 1], at least 8 x 8; the data must have classes. Its features measure other families'
// pictures in `imago evaluate`. Limits: made for small pictures; it makes none itself.
#pragma once

#include <string>

#include "core/config/bind.h"
#include "core/models/family_info.h"
#include "core/models/training_config.h"

namespace imago::classifier {

struct NetworkSection {
    int channels = 32;
    int levels = 3;
    int blocks = 2;

    static Fields<NetworkSection> fields();
};

struct LossSection {
    double labelSmoothing = 0.1;
    int shift = 2;

    static Fields<LossSection> fields();
};

struct ClassifierConfig {
    ClassifierConfig();

    NetworkSection network;
    LossSection loss;
    OptimizerSection optimizer;
    DataSection data;
    RunSection run;

    static constexpr int schema = 1;
    static constexpr const char* title = IMAGO_TR("Classifier");
    static Fields<ClassifierConfig> fields();
};

FamilyInfo familyInfo();  // its entry of the one list

}  // namespace imago::classifier
