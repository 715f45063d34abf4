// Config of the VAE family: Kingma & Welling 2014; beta and its warm-up: Higgins et al. 2017, Sonderby et al. 2016; learned
// output variance: Rybkin et al. 2021; free bits: Kingma et al. 2016; ex-post mixture prior: Ghosh et al. 2020; codes: van
// den Oord et al. 2017. Pictures [N, C, H, W] in [-1, 1] from 8 to 256 pixels. Limits: pictures come out softer than those
// of the other families; in return it looks into pictures as well as making them.
#pragma once

#include <string>
#include <vector>

#include "core/config/bind.h"
#include "core/models/family_info.h"
#include "core/models/training_config.h"

namespace imago::vae {

struct NetworkSection {
    std::string size = "small";
    int channels = 32;
    int mostChannels = 128;
    int blocks = 1;

    static Fields<NetworkSection> fields();
};

struct LatentSection {
    std::string prior = "mixture";
    int dims = 32;
    int components = 40;
    int codes = 512;
    int codeDims = 32;
    int priorChannels = 96;
    int priorBlocks = 4;

    static Fields<LatentSection> fields();
};

struct LossSection {
    double beta = 1;
    double warmupKimg = 50;
    std::string variance = "learned";
    double deviation = 0.3;
    double freeBits = 0;
    double commitment = 0.25;
    bool classConditional = true;

    static Fields<LossSection> fields();
};

struct VaeConfig {
    VaeConfig();

    NetworkSection network;
    LatentSection latent;
    LossSection loss;
    OptimizerSection optimizer;
    DataSection data;
    RunSection run;

    static constexpr int schema = 1;
    static constexpr const char* title = IMAGO_TR("VAE");
    static Fields<VaeConfig> fields();
};

struct SamplingConfig {
    double temperature = 1;
    std::string prior = "own";
    int steps = 24;

    static constexpr int schema = 1;
    static constexpr const char* title = IMAGO_TR("Making pictures");
    static Fields<SamplingConfig> fields();
};

// The networks that a config stands for, for pictures of some size: sizes resolved.
struct NetworkShape {
    int imageChannels = 1;
    std::vector<int> channels;  // a level each; the picture halves between levels
    int blocks = 1;             // residual blocks a level
    int height = 0, width = 0;  // of the lowest level; inputs are padded to multiple() times that
    int multiple() const { return 1 << (channels.size() - 1); }
    int lowest() const { return channels.back(); }
};
NetworkShape networkShape(const NetworkSection& network, bool codes, int imageChannels, int height, int width);

FamilyInfo familyInfo();  // its entry of the one list

}  // namespace imago::vae
