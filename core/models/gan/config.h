// Config of the GAN family: Goodfellow et al. 2014; networks after Radford et al. 2016 (DCGAN) and Huang et al. 2024 (R3GAN:
// residual, no normalisation). A generator makes pictures from a short vector of noise, a critic learns to tell them from real
// ones, each learns from the other. Pictures [N, C, H, W] in [-1, 1], 8 to 128 pixels. One network evaluation a picture.
#pragma once

#include <string>

#include "core/config/bind.h"
#include "core/models/family_info.h"
#include "core/models/training_config.h"

namespace imago::gan {

struct NetworkSection {
    std::string kind = "residual";
    int latentDim = 64;
    int channels = 32;  // at full resolution
    int maxChannels = 128;
    int blocks = 1;      // residual blocks a level, of each side
    int hidden = 256;    // mlp: narrowest layer
    double dropout = 0;  // of the critic: dcgan and mlp

    static Fields<NetworkSection> fields();
};

struct LossSection {
    std::string kind = "relativistic";
    std::string penalty = "r1_r2";
    std::string method = "approximate";
    double gamma = 0.5;
    double gammaFinal = 0.1;  // share of gamma that is left at the planned end
    double noise = 0.1;       // of the approximate penalty
    int interval = 4;         // lazy: the penalty is taken every so many steps, as much stronger
    int criticSteps = 1;
    int generatorSteps = 1;
    double criticRate = 1;
    bool classConditional = true;

    static Fields<LossSection> fields();
};

// DiffAugment (Zhao et al. 2020): what the critic sees, real or made, is varied alike.
struct AugmentSection {
    double chance = 0;  // that each of these is done to a picture
    bool colour = true;
    double shift = 0.125;
    double cutout = 0.5;

    static Fields<AugmentSection> fields();
};

struct GanConfig {
    NetworkSection network;
    LossSection loss;
    AugmentSection augment;
    OptimizerSection optimizer;
    DataSection data;
    RunSection run;

    GanConfig();

    static constexpr int schema = 1;
    static constexpr const char* title = IMAGO_TR("GAN");
    static Fields<GanConfig> fields();
};

struct SamplingConfig {
    double truncation = 1;

    static constexpr int schema = 1;
    static constexpr const char* title = IMAGO_TR("Making pictures");
    static Fields<SamplingConfig> fields();
};

FamilyInfo familyInfo();  // its entry of the one list

}  // namespace imago::gan
