// The plain step is what a good user of the C++ API would write: stock modules in fp32 NCHW, torch::optim::Adam, clipping,
// a loop for the average, LibTorch's own memory. Same network, batch, loss and threads as ours.
#include "core/nn/bench_train.h"

#include <ATen/Parallel.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "core/nn/bench_block.h"
#include "core/nn/optimizer.h"
#include "core/nn/step_clock.h"
#include "core/nn/unet.h"
#include "core/nn/yield_point.h"
#include "core/tensor/device.h"
#include "core/tensor/tensor_memory.h"
#include "core/tensor/thread_policy.h"

namespace imago::nn {

using torch::Tensor;

namespace {

using Clock = std::chrono::steady_clock;
double secondsSince(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values.empty() ? 0 : values[values.size() / 2];
}

UNetConfig benchConfig(bool medium) {
    UNetConfig config;  // guide shapes: small ch32 (1,2,2) nb1; medium ch64 (1,2,2,2) nb2; no attention
    config.attentionDivisors = {};
    if (medium) {
        config.imageChannels = 3;
        config.channels = 64;
        config.multipliers = {1, 2, 2, 2};
        config.blocksPerLevel = 2;
    }
    return config;
}

struct PlainUnet : torch::nn::Module {
    UNetConfig config;
    torch::nn::Linear embed1{nullptr}, embed2{nullptr};
    torch::nn::Conv2d convIn{nullptr}, convOut{nullptr};
    torch::nn::GroupNorm normOut{nullptr};
    std::vector<std::vector<std::shared_ptr<PlainBlock>>> down, up;
    std::vector<torch::nn::Conv2d> downsample, upsample;
    std::shared_ptr<PlainBlock> middle1, middle2;

    explicit PlainUnet(const UNetConfig& c) : config(c) {
        using Conv = torch::nn::Conv2dOptions;
        const int base = c.channels, embedding = 4 * base, levels = static_cast<int>(c.multipliers.size());
        int counter = 0;
        auto name = [&] { return "m" + std::to_string(counter++); };
        auto block = [&](int in, int out) { return register_module(name(), std::make_shared<PlainBlock>(in, out, embedding)); };
        embed1 = register_module("embed1", torch::nn::Linear(base, embedding));
        embed2 = register_module("embed2", torch::nn::Linear(embedding, embedding));
        convIn = register_module("conv_in", torch::nn::Conv2d(Conv(c.imageChannels, base, 3).padding(1)));
        std::vector<int> skips{base};
        int channels = base;
        for (int l = 0; l < levels; ++l) {
            down.emplace_back();
            for (int b = 0; b < c.blocksPerLevel; ++b) {
                down.back().push_back(block(channels, base * c.multipliers[static_cast<std::size_t>(l)]));
                skips.push_back(channels = base * c.multipliers[static_cast<std::size_t>(l)]);
            }
            if (l + 1 < levels) {
                downsample.push_back(register_module(name(), torch::nn::Conv2d(Conv(channels, channels, 3).padding(1).stride(2))));
                skips.push_back(channels);
            }
        }
        middle1 = block(channels, channels);
        middle2 = block(channels, channels);
        for (int l = levels - 1; l >= 0; --l) {
            up.emplace_back();
            for (int b = 0; b <= c.blocksPerLevel; ++b) {
                up.back().push_back(block(channels + skips.back(), base * c.multipliers[static_cast<std::size_t>(l)]));
                skips.pop_back();
                channels = base * c.multipliers[static_cast<std::size_t>(l)];
            }
            if (l > 0) upsample.push_back(register_module(name(), torch::nn::Conv2d(Conv(channels, channels, 3).padding(1))));
        }
        normOut = register_module("norm_out", torch::nn::GroupNorm(std::min(16, channels / 4), channels));
        convOut = register_module("conv_out", torch::nn::Conv2d(Conv(channels, c.imageChannels, 3).padding(1)));
    }

    Tensor forward(const Tensor& x, const Tensor& noise) {
        const auto e = torch::silu(embed2(torch::silu(embed1(sinusoidalEmbedding(noise, config.channels)))));
        auto h = convIn(x);
        std::vector<Tensor> skips{h};
        for (std::size_t l = 0; l < down.size(); ++l) {
            for (auto& block : down[l]) skips.push_back(h = block->forward(h, e));
            if (l < downsample.size()) skips.push_back(h = downsample[l](h));
        }
        h = middle2->forward(middle1->forward(h, e), e);
        for (std::size_t l = 0; l < up.size(); ++l) {
            for (auto& block : up[l]) {
                h = block->forward(torch::cat({h, skips.back()}, 1), e);
                skips.pop_back();
            }
            if (l < upsample.size()) h = upsample[l](torch::upsample_nearest2d(h, {h.size(2) * 2, h.size(3) * 2}));
        }
        return convOut(torch::silu(normOut(h)));
    }
};

constexpr double kRate = 2e-4, kAverageDecay = 0.999, kClip = 1;

struct Data {
    Tensor x, target, noise;
    Data(const UNetConfig& config, int batch) {
        torch::manual_seed(1);
        x = torch::randn({batch, config.imageChannels, 32, 32});
        target = torch::randn({batch, config.imageChannels, 32, 32});
        noise = torch::randn({batch}) * 0.3;
    }
};

struct PlainTrainer {
    std::shared_ptr<PlainUnet> net;
    std::vector<Tensor> parameters, average;
    torch::optim::Adam optimizer;

    explicit PlainTrainer(const UNetConfig& config)
        : net(std::make_shared<PlainUnet>(config)), parameters(net->parameters()), optimizer(parameters, torch::optim::AdamOptions(kRate)) {
        for (const auto& p : parameters) average.push_back(p.detach().clone());
    }
    void step(const Data& data) {
        const StockTensorMemory stock;
        optimizer.zero_grad();
        torch::mse_loss(net->forward(data.x, data.noise), data.target).backward();
        torch::nn::utils::clip_grad_norm_(parameters, kClip);
        optimizer.step();
        torch::NoGradGuard guard;
        for (std::size_t i = 0; i < average.size(); ++i) average[i].mul_(kAverageDecay).add_(parameters[i], 1 - kAverageDecay);
    }
};

struct OurTrainer {
    ParameterArena arena;
    UNet net;
    std::unique_ptr<FusedOptimizer> optimizer;

    explicit OurTrainer(const UNetConfig& config) : net(arena, config) {
        arena.allocate({}, 1);
        OptimizerConfig settings;
        settings.clipNorm = kClip;
        optimizer = std::make_unique<FusedOptimizer>(arena, settings);
    }
    void step(const Data& data) {
        torch::mse_loss(net.forward(data.x, data.noise), data.target).backward();
        optimizer->step(kRate, kAverageDecay);
    }
};

template <class Trainer>
double forwardMs(Trainer& trainer, const UNetConfig& config) {
    torch::NoGradGuard guard;
    const Data one(config, 1);
    std::vector<double> times;
    for (int i = 0; i < 40; ++i) {
        const auto start = Clock::now();
        if constexpr (std::is_same_v<Trainer, OurTrainer>) {
            trainer.net.forward(one.x, one.noise);
        } else {
            trainer.net->forward(one.x, one.noise);
        }
        times.push_back(1e3 * secondsSince(start));
    }
    return median(times);
}

void tell(const BenchOptions& options, const std::string& line) {
    if (options.progress) options.progress(line);
}

}  // namespace

BenchRow race(const BenchOptions& options, const std::string& name, double pictures, const std::function<void()>& ours,
              const std::function<void()>& plain) {
    const auto rate = [&](const std::function<void()>& call) {
        const auto start = Clock::now();
        call();
        return pictures / secondsSince(start);
    };
    tell(options, name + ": warming up");
    rate(ours), rate(plain);
    std::vector<double> ourRates, plainRates;
    for (int round = 0; round < options.rounds; ++round) {
        for (int i = 0; i < 3; ++i) ourRates.push_back(rate(ours));
        plainRates.push_back(rate(plain));
        tell(options, name + ": round " + std::to_string(round + 1) + " of " + std::to_string(options.rounds) + ": " +
                          std::to_string(median(ourRates)) + " images/s, plain " + std::to_string(median(plainRates)));
    }
    const double our = median(ourRates), stock = median(plainRates);
    return {"train", name, our, "images/s", "plain fp32 step", stock, our / stock};
}

namespace {

void compare(const BenchOptions& options, bool medium, std::vector<BenchRow>& rows) {
    const std::string name = medium ? "medium" : "small";
    const auto config = benchConfig(medium);
    const Data data(config, options.batch);
    OurTrainer ours(config);
    PlainTrainer plain(config);
    std::vector<double> outside, longestMs;  // of each call
    constexpr int kSteps = 3;
    const auto ourSteps = [&] {
        const YieldScope scope({});
        StepClock::reset();
        const auto start = Clock::now();
        for (int i = 0; i < kSteps; ++i) ours.step(data);
        outside.push_back(100 * (1 - StepClock::convolutionSeconds() / secondsSince(start)));
        longestMs.push_back(scope.statistics().longestMs);
    };
    const auto plainSteps = [&] {
        for (int i = 0; i < kSteps; ++i) plain.step(data);
    };
    rows.push_back(race(options, name, options.batch * kSteps, ourSteps, plainSteps));
    const double longest = *std::max_element(longestMs.begin() + 1, longestMs.end());  // without the call that warms up
    const double ourForward = forwardMs(ours, config), plainForward = forwardMs(plain, config);
    rows.push_back({"train", name + " forward, batch 1", ourForward, "ms", "plain fp32 forward", plainForward, plainForward / ourForward});
    rows.push_back({"train", name + " longest stretch between yield points", longest, "ms", "", 0, 0});
    rows.push_back({"train", name + " step outside convolutions", median({outside.begin() + 1, outside.end()}), "%", "", 0, 0});
}

// Another program, in a session of its own, that keeps one or two processors busy until it is destroyed.
class Load {
  public:
    explicit Load(int threads) {
        m_child = fork();
        if (m_child != 0) return;
        setsid();
        auto spin = [] {
            volatile double x = 1;
            for (;;) x = x * 1.0000001 + 1e-9;
        };
        for (int i = 1; i < threads; ++i) std::thread(spin).detach();
        spin();
    }
    ~Load() {
        if (m_child <= 0) return;
        kill(m_child, SIGKILL);
        waitpid(m_child, nullptr, 0);
    }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

  private:
    pid_t m_child = -1;
};

double autoRate(OurTrainer& trainer, const Data& data, ThreadPolicy& policy, double seconds, int batch) {
    auto start = Clock::now();
    while (secondsSince(start) < 3) {  // the policy settles within two seconds
        policy.poll();
        trainer.step(data);
    }
    int steps = 0;
    start = Clock::now();
    while (secondsSince(start) < seconds) {
        policy.poll();
        trainer.step(data);
        ++steps;
    }
    return steps * batch / secondsSince(start);
}

void besideLoad(const BenchOptions& options, std::vector<BenchRow>& rows) {
    const auto config = benchConfig(false);
    const Data data(config, options.batch);
    OurTrainer trainer(config);
    ThreadPolicy policy(0, [&](const ThreadPolicy::Change& change) {
        tell(options, "threads " + std::to_string(change.from) + " -> " + std::to_string(change.to) + ": others keep " +
                          std::to_string(change.othersBusy).substr(0, 4) + " processors busy");
    });
    const double idle = autoRate(trainer, data, policy, 5, options.batch);
    rows.push_back({"train", "small, threads auto, idle", idle, "images/s", "", 0, 0});
    for (int load : {1, 2}) {
        const Load busy(load);
        const double rate = autoRate(trainer, data, policy, 5, options.batch);
        const std::string name =
            load == 1 ? "small, threads auto, beside one busy program" : "small, threads auto, beside a program on two processors";
        rows.push_back({"train", name, rate, "images/s", "idle", idle, rate / idle});
    }
    rows.push_back(
        {"train", "small, threads auto, idle again", autoRate(trainer, data, policy, 5, options.batch), "images/s", "idle", idle, 0});
    rows.back().ratio = rows.back().value / idle;
}

}  // namespace

std::vector<BenchRow> benchTrain(const BenchOptions& options) {
    std::vector<BenchRow> rows;
    prepareComputeThread();
    if (options.besideLoad) {
        besideLoad(options, rows);
        return rows;
    }
    at::set_num_threads(options.threads);
    if (options.small) compare(options, false, rows);
    if (options.medium) compare(options, true, rows);
    return rows;
}

}  // namespace imago::nn
