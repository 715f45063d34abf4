// The plain step is the loop of the well-known tutorials: stock modules in fp32 NCHW, torch::optim::Adam for each side, a loop
// for the average, LibTorch's own memory. Same networks, game, penalty, batch and threads as ours; made pictures are shared
// by both phases there too.
#include "core/models/gan/bench.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "core/models/gan/losses.h"
#include "core/models/gan/model.h"
#include "core/models/gan/objective.h"
#include "core/nn/optimizer.h"
#include "core/nn/torch_pch.h"
#include "core/tensor/tensor_memory.h"

namespace imago::gan {

using torch::Tensor;

namespace {

constexpr int kSide = 32;
constexpr double kRate = 1e-3, kAverageDecay = 0.999;

torch::nn::Conv2d conv3(int in, int out) {
    return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).padding(1));
}

struct PlainBlock : torch::nn::Module {
    torch::nn::Conv2d conv1, conv2;
    explicit PlainBlock(int channels) : conv1(conv3(channels, channels)), conv2(conv3(channels, channels)) {
        register_module("conv1", conv1);
        register_module("conv2", conv2);
    }
    Tensor forward(const Tensor& x) { return x + conv2(torch::leaky_relu(conv1(torch::leaky_relu(x, 0.2)), 0.2)); }
};

int channelsAt(const NetworkSection& c, int level) {
    return std::min(c.maxChannels, c.channels << level);
}

struct PlainGenerator : torch::nn::Module {
    int levels, base, top;
    torch::nn::Linear first{nullptr};
    std::vector<torch::nn::Conv2d> enter;
    std::vector<std::vector<std::shared_ptr<PlainBlock>>> blocks;
    torch::nn::Conv2d last{nullptr};

    explicit PlainGenerator(const NetworkSection& c) : levels(halvings(kSide, kSide)), base(kSide >> levels), top(channelsAt(c, levels)) {
        first = register_module("first", torch::nn::Linear(c.latentDim, top * base * base));
        for (int level = levels; level >= 0; --level) {
            const std::string name = std::to_string(level);
            if (level < levels) enter.push_back(register_module("enter" + name, conv3(channelsAt(c, level + 1), channelsAt(c, level))));
            blocks.emplace_back();
            for (int b = 0; b < c.blocks; ++b)
                blocks.back().push_back(
                    register_module("block" + name + "_" + std::to_string(b), std::make_shared<PlainBlock>(channelsAt(c, level))));
        }
        last = register_module("last", conv3(c.channels, 1));
    }
    Tensor forward(const Tensor& z) {
        Tensor h = first(z).view({z.size(0), top, base, base});
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            if (i > 0) h = enter[i - 1](torch::upsample_nearest2d(torch::leaky_relu(h, 0.2), {h.size(2) * 2, h.size(3) * 2}));
            for (auto& block : blocks[i]) h = block->forward(h);
        }
        return torch::tanh(last(torch::leaky_relu(h, 0.2)));
    }
};

struct PlainCritic : torch::nn::Module {
    torch::nn::Conv2d first{nullptr};
    std::vector<std::vector<std::shared_ptr<PlainBlock>>> blocks;
    std::vector<torch::nn::Conv2d> leave;
    torch::nn::Linear features{nullptr}, score{nullptr};

    explicit PlainCritic(const NetworkSection& c) {
        const int levels = halvings(kSide, kSide);
        first = register_module("first", conv3(1, c.channels));
        for (int level = 0; level <= levels; ++level) {
            const std::string name = std::to_string(level);
            blocks.emplace_back();
            for (int b = 0; b < c.blocks; ++b)
                blocks.back().push_back(
                    register_module("block" + name + "_" + std::to_string(b), std::make_shared<PlainBlock>(channelsAt(c, level))));
            leave.push_back(register_module("leave" + name, conv3(channelsAt(c, level), channelsAt(c, level + 1))));
        }
        const int side = kSide >> (levels + 1);
        features = register_module("features", torch::nn::Linear(channelsAt(c, levels + 1) * side * side, 128));
        score = register_module("score", torch::nn::Linear(128, 1));
    }
    Tensor forward(const Tensor& x) {
        Tensor h = first(x);
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            for (auto& block : blocks[i]) h = block->forward(h);
            h = leave[i](torch::avg_pool2d(torch::leaky_relu(h, 0.2), 2));
        }
        return score(torch::leaky_relu(features(torch::leaky_relu(h, 0.2).flatten(1)), 0.2)).squeeze(1);
    }
};

struct PlainTrainer {
    GanConfig config;
    std::shared_ptr<PlainGenerator> generator;
    std::shared_ptr<PlainCritic> critic;
    torch::optim::Adam generatorOptimizer, criticOptimizer;
    std::vector<Tensor> average;
    int steps = 0;

    explicit PlainTrainer(const GanConfig& c)
        : config(c),
          generator(std::make_shared<PlainGenerator>(c.network)),
          critic(std::make_shared<PlainCritic>(c.network)),
          generatorOptimizer(generator->parameters(), torch::optim::AdamOptions(kRate).betas({0, 0.99})),
          criticOptimizer(critic->parameters(), torch::optim::AdamOptions(kRate).betas({0, 0.99})) {
        for (const auto& p : generator->parameters()) average.push_back(p.detach().clone());
    }
    void step(const Tensor& pixels) {
        const StockTensorMemory stock;
        const Tensor real = pixels.permute({0, 3, 1, 2}).to(torch::kFloat).div(127.5).sub(1).contiguous();
        const std::int64_t n = real.size(0);
        const Tensor fake = generator->forward(torch::randn({n, config.network.latentDim}));
        const bool penalised = steps++ % config.loss.interval == 0;
        const double noise = config.loss.noise;
        std::vector<Tensor> shown{real, fake.detach()};
        if (penalised) {
            shown.push_back(real + noise * torch::randn_like(real));
            shown.push_back(fake.detach() + noise * torch::randn_like(real));
        }
        const Tensor scores = critic->forward(torch::cat(shown));
        const Tensor realScores = scores.narrow(0, 0, n);
        Tensor loss = criticLoss(Game::Relativistic, realScores, scores.narrow(0, n, n));
        if (penalised)
            loss = loss + slopeSquaredFromNoise(scores.narrow(0, 0, 2 * n), scores.narrow(0, 2 * n, 2 * n), noise) * config.loss.gamma *
                              double(config.loss.interval);
        criticOptimizer.zero_grad();
        loss.backward();
        criticOptimizer.step();
        generatorOptimizer.zero_grad();
        generatorLoss(Game::Relativistic, realScores.detach(), critic->forward(fake)).backward();
        generatorOptimizer.step();
        torch::NoGradGuard guard;
        const auto parameters = generator->parameters();
        for (std::size_t i = 0; i < average.size(); ++i) average[i].mul_(kAverageDecay).add_(parameters[i], 1 - kAverageDecay);
    }
};

struct OurTrainer {
    std::unique_ptr<GenerativeModel> model;
    std::unique_ptr<Objective> objective;
    std::vector<std::unique_ptr<nn::FusedOptimizer>> optimizers;
    Tensor losses;
    std::int64_t steps = 0;

    explicit OurTrainer(const GanConfig& c) {
        model = std::move(*GanModel::make(toJson(c), {1, kSide, kSide, {}}, 1, Device{}));
        objective = std::move(*GanObjective::make(toJson(c), *model));
        nn::OptimizerConfig settings;
        settings.beta1 = 0, settings.beta2 = 0.99;
        for (int phase = 0; phase < 2; ++phase)
            optimizers.push_back(std::make_unique<nn::FusedOptimizer>(model->parameters(), settings, objective->parameterPrefix(phase)));
        losses = torch::zeros({std::int64_t(objective->lossNames().size())});
    }
    void step(const Tensor& pixels) {
        for (int phase = 0; phase < 2; ++phase) {
            objective->accumulate(phase, {&pixels, nullptr}, {1, steps, 0, 0}, losses);
            optimizers[std::size_t(phase)]->step(kRate, kAverageDecay);
        }
        ++steps;
    }
};

}  // namespace

std::vector<nn::BenchRow> benchGan(const nn::BenchOptions& options) {
    at::set_num_threads(options.threads);
    const GanConfig config;
    torch::manual_seed(1);
    const Tensor pixels = torch::randint(0, 256, {options.batch, kSide, kSide, 1}, torch::kByte);
    OurTrainer ours(config);
    PlainTrainer plain(config);
    const int window = config.loss.interval;  // steps measured together: one of them takes the penalty
    const auto steps = [&](auto& trainer) {
        return [&] {
            for (int i = 0; i < window; ++i) trainer.step(pixels);
        };
    };
    return {nn::race(options, "gan", options.batch * window, steps(ours), steps(plain))};
}

}  // namespace imago::gan
