// The plain step is the loop of the well-known tutorials: stock modules in fp32 NCHW, torch::optim::Adam, a loop for the
// average, LibTorch's own memory. Same networks, loss, batch and threads as ours.
#include "core/models/vae/bench.h"

#include <ATen/Parallel.h>

#include "core/models/vae/model.h"
#include "core/models/vae/objective.h"
#include "core/nn/bench_block.h"
#include "core/nn/optimizer.h"
#include "core/nn/torch_pch.h"
#include "core/tensor/tensor_memory.h"

namespace imago::vae {

using torch::Tensor;

namespace {

constexpr int kSide = 32, kIdle = 16, kEmbedding = 128;  // what steers blocks: nothing in the encoder, the latent after it
constexpr double kRate = 1e-3, kAverageDecay = 0.999, kClip = 1;

struct PlainVae : torch::nn::Module {
    NetworkShape shape;
    std::vector<torch::nn::Conv2d> enter, leave;
    std::vector<std::vector<std::shared_ptr<nn::PlainBlock>>> down, up;
    torch::nn::GroupNorm normIn{nullptr}, normOut{nullptr};
    torch::nn::Linear toLatent{nullptr}, fromLatent{nullptr}, steer{nullptr};
    torch::nn::Conv2d last{nullptr};
    Tensor logDeviation;

    explicit PlainVae(const VaeConfig& c) : shape(networkShape(c.network, false, 1, kSide, kSide)) {
        int counter = 0, in = 1;
        const auto name = [&] { return std::to_string(counter++); };
        const auto block = [&](int channels, int embedding) {
            return register_module(name(), std::make_shared<nn::PlainBlock>(channels, channels, embedding));
        };
        const std::size_t levels = shape.channels.size();
        for (std::size_t l = 0; l < levels; ++l) {
            enter.push_back(register_module(name(), nn::plainConv(in, shape.channels[l], 3, l == 0 ? 1 : 2)));
            down.emplace_back();
            for (int b = 0; b < shape.blocks && l > 0; ++b) down.back().push_back(block(shape.channels[l], kIdle));
            in = shape.channels[l];
        }
        normIn = register_module("norm_in", nn::plainNorm(in));
        const int flat = in * shape.height * shape.width;
        toLatent = register_module("to_latent", torch::nn::Linear(flat, 2 * c.latent.dims));
        fromLatent = register_module("from_latent", torch::nn::Linear(c.latent.dims, flat));
        steer = register_module("steer", torch::nn::Linear(c.latent.dims, kEmbedding));
        for (std::size_t l = levels; l-- > 0;) {
            up.emplace_back();
            for (int b = 0; b < shape.blocks + (l + 1 == levels ? 1 : 0); ++b) up.back().push_back(block(shape.channels[l], kEmbedding));
            if (l > 0) leave.push_back(register_module(name(), nn::plainConv(shape.channels[l], shape.channels[l - 1])));
        }
        normOut = register_module("norm_out", nn::plainNorm(shape.channels[0]));
        last = register_module("last", nn::plainConv(shape.channels[0], 1));
        logDeviation = register_parameter("deviation", torch::full({1}, -1.0));
    }

    Tensor loss(const Tensor& x) {
        const std::int64_t n = x.size(0);
        const Tensor idle = torch::zeros({n, kIdle});
        Tensor h = x;
        for (std::size_t l = 0; l < enter.size(); ++l) {
            h = enter[l](h);
            for (auto& b : down[l]) h = b->forward(h, idle);
        }
        const auto parts = toLatent(torch::silu(normIn(h)).flatten(1)).chunk(2, 1);
        const Tensor logVariance = parts[1].clamp(-14, 4), z = parts[0] + (logVariance * 0.5).exp() * torch::randn_like(parts[0]);
        const Tensor steered = torch::silu(steer(z));
        h = fromLatent(z).view({n, shape.lowest(), shape.height, shape.width});
        for (std::size_t l = 0; l < up.size(); ++l) {
            for (auto& b : up[l]) h = b->forward(h, steered);
            if (l < leave.size()) h = leave[l](torch::upsample_nearest2d(h, {h.size(2) * 2, h.size(3) * 2}));
        }
        const Tensor y = last(torch::silu(normOut(h))), variance = (logDeviation * 2).exp() + 1e-4;
        const Tensor kl = 0.5 * (parts[0].square() + logVariance.exp() - 1 - logVariance).sum(1).mean();
        return 0.5 * ((x - y).square() / variance + variance.log()).mean() + kl / static_cast<double>(x[0].numel());
    }
};

struct PlainTrainer {
    std::shared_ptr<PlainVae> net;
    std::vector<Tensor> parameters, average;
    torch::optim::Adam optimizer;

    explicit PlainTrainer(const VaeConfig& c)
        : net(std::make_shared<PlainVae>(c)), parameters(net->parameters()), optimizer(parameters, torch::optim::AdamOptions(kRate)) {
        for (const auto& p : parameters) average.push_back(p.detach().clone());
    }
    void step(const Tensor& pixels) {
        const StockTensorMemory stock;
        optimizer.zero_grad();
        net->loss(pixels.permute({0, 3, 1, 2}).to(torch::kFloat).div(127.5).sub(1).contiguous()).backward();
        torch::nn::utils::clip_grad_norm_(parameters, kClip);
        optimizer.step();
        const torch::NoGradGuard guard;
        for (std::size_t i = 0; i < average.size(); ++i) average[i].mul_(kAverageDecay).add_(parameters[i], 1 - kAverageDecay);
    }
};

struct OurTrainer {
    std::unique_ptr<GenerativeModel> model;
    std::unique_ptr<Objective> objective;
    std::unique_ptr<nn::FusedOptimizer> optimizer;
    Tensor losses;
    std::int64_t steps = 0;

    explicit OurTrainer(const VaeConfig& c) {
        model = std::move(*VaeModel::make(toJson(c), {1, kSide, kSide, {}}, 1, Device{}));
        objective = std::move(*VaeObjective::make(toJson(c), *model));
        nn::OptimizerConfig settings;
        settings.clipNorm = kClip;
        optimizer = std::make_unique<nn::FusedOptimizer>(model->parameters(), settings);
        losses = torch::zeros({static_cast<std::int64_t>(objective->lossNames().size())});
    }
    void step(const Tensor& pixels) {
        objective->accumulate(0, {&pixels, nullptr}, {1, steps, steps * pixels.size(0), 0}, losses);
        optimizer->step(kRate, kAverageDecay);
        ++steps;
    }
};

}  // namespace

std::vector<nn::BenchRow> benchVae(const nn::BenchOptions& options) {
    at::set_num_threads(options.threads);
    const VaeConfig config;
    torch::manual_seed(1);
    const Tensor pixels = torch::randint(0, 256, {options.batch, kSide, kSide, 1}, torch::kByte);
    OurTrainer ours(config);
    PlainTrainer plain(config);
    return {nn::race(
        options, "vae", options.batch, [&] { ours.step(pixels); }, [&] { plain.step(pixels); })};
}

}  // namespace imago::vae
