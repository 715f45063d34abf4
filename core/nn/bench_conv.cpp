#include "core/nn/bench_conv.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>

#include "core/nn/kernels/conv_bf16.h"

namespace imago::nn {
namespace {

using Clock = std::chrono::steady_clock;

double seconds(const std::function<void()>& run) {
    const auto start = Clock::now();
    run();
    return std::chrono::duration<double>(Clock::now() - start).count();
}

// The best time of each, alternated, after one round of warming up.
std::vector<double> alternate(const std::vector<std::function<void()>>& runs) {
    std::vector<double> best(runs.size(), std::numeric_limits<double>::infinity());
    for (const auto& run : runs) run();
    const auto start = Clock::now();
    for (int round = 0; round < 3 || (round < 20 && std::chrono::duration<double>(Clock::now() - start).count() < 0.3); ++round)
        for (std::size_t i = 0; i < runs.size(); ++i) best[i] = std::min(best[i], seconds(runs[i]));
    return best;
}

std::uint16_t* bits(const torch::Tensor& t) {
    return t.defined() ? reinterpret_cast<std::uint16_t*>(t.data_ptr<at::BFloat16>()) : nullptr;
}

struct Layer {
    torch::Tensor input, weight, bias, gradient;  // what LibTorch is given
    torch::Tensor forward(const ConvShape& s) const {
        const torch::Tensor x = s.upsample ? torch::upsample_nearest2d(input, {2 * s.h, 2 * s.w}) : input;
        return torch::conv2d(x, weight, bias, s.stride, s.kernel / 2);
    }
    void backward(const ConvShape& s, bool data) const {
        const torch::Tensor x = s.upsample ? torch::upsample_nearest2d(input, {2 * s.h, 2 * s.w}) : input;
        const std::vector<std::int64_t> biasSize{s.cout};
        const auto [gx, gw, gb] =
            torch::convolution_backward(gradient, x, weight, at::OptionalIntArrayRef(at::IntArrayRef(biasSize)), {s.stride, s.stride},
                                        {s.kernel / 2, s.kernel / 2}, {1, 1}, false, {0, 0}, 1, {data, !data, !data});
        if (data && s.upsample) torch::upsample_nearest2d_backward(gx, {2 * s.h, 2 * s.w}, {s.n, s.channels(), s.h, s.w});
    }
    Layer as(torch::ScalarType type, torch::MemoryFormat format) const {
        const auto convert = [&](const torch::Tensor& t) { return t.to(type).contiguous(format); };
        return {convert(input), convert(weight), bias.to(type), convert(gradient)};
    }
};

// Ours, with everything it needs.
struct Kernel {
    ConvShape shape;
    torch::Tensor x, x2, gy, y, gx, gx2, master, bias, gw, gb, packedForward, packedBackward;
    ConvWorkspace workspace;

    Kernel(const ConvShape& s, const Layer& nhwc, const Layer& plain) : shape(s) {
        const auto pixels = [](const torch::Tensor& t) { return t.permute({0, 2, 3, 1}).contiguous(); };
        x = pixels(nhwc.input.slice(1, 0, s.cin));
        if (s.cin2 > 0) x2 = pixels(nhwc.input.slice(1, s.cin));
        gy = pixels(nhwc.gradient);
        y = torch::empty_like(gy);
        gx = torch::empty_like(x);
        if (s.cin2 > 0) gx2 = torch::empty_like(x2);
        master = plain.weight.permute({0, 2, 3, 1}).contiguous();
        bias = plain.bias.contiguous();
        gw = torch::zeros_like(master);
        gb = torch::zeros_like(bias);
        packedForward = torch::empty({static_cast<std::int64_t>(convPackedForwardBytes(s))}, torch::kUInt8);
        packedBackward = torch::empty({static_cast<std::int64_t>(convPackedBackwardBytes(s))}, torch::kUInt8);
        convPackForward(s, master.data_ptr<float>(), ConvWeightLayout::Ohwi, packedForward.data_ptr());
        convPackBackward(s, master.data_ptr<float>(), ConvWeightLayout::Ohwi, packedBackward.data_ptr());
    }
    void forward() { convForward(shape, bits(x), bits(x2), packedForward.data_ptr(), bias.data_ptr<float>(), nullptr, bits(y), workspace); }
    void backwardData() { convBackwardData(shape, bits(gy), packedBackward.data_ptr(), bits(gx), bits(gx2), workspace); }
    void backwardWeight() {
        convBackwardWeight(shape, bits(x), bits(x2), bits(gy), ConvWeightLayout::Ohwi, gw.data_ptr<float>(), gb.data_ptr<float>(),
                           workspace);
    }
};

std::string nameOf(const ConvShape& s) {
    char text[96];
    std::snprintf(text, sizeof text, "%dx%dx%d %d%s->%d k%d%s%s", s.n, s.h, s.w, s.cin,
                  s.cin2 > 0 ? ("+" + std::to_string(s.cin2)).c_str() : "", s.cout, s.kernel, s.stride == 2 ? " stride 2" : "",
                  s.upsample ? " upsampled" : "");
    return text;
}

// The layers of the small and the medium U-Net that cost most, and the small one's at batch 1.
std::vector<ConvShape> benchShapes() {
    return {{64, 32, 32, 1, 0, 32},           {64, 32, 32, 32, 0, 32},
            {64, 32, 32, 64, 32, 32},         {64, 16, 16, 64, 0, 64},
            {64, 16, 16, 64, 64, 64},         {64, 8, 8, 64, 0, 64},
            {64, 32, 32, 64, 0, 64},          {64, 32, 32, 128, 64, 64},
            {64, 16, 16, 128, 0, 128},        {64, 16, 16, 128, 128, 128},
            {64, 8, 8, 128, 128, 128},        {64, 4, 4, 128, 128, 128},
            {64, 16, 16, 64, 0, 64, 3, 1, 1}, {64, 16, 16, 128, 0, 128, 3, 1, 1},
            {64, 32, 32, 32, 0, 32, 3, 2},    {64, 32, 32, 64, 0, 64, 3, 2},
            {64, 16, 16, 128, 128, 128, 1},   {64, 32, 32, 32, 0, 1},
            {64, 32, 32, 64, 0, 3},           {1, 32, 32, 32, 0, 32},
            {1, 16, 16, 64, 0, 64},           {1, 8, 8, 64, 64, 64}};
}

}  // namespace

std::vector<BenchRow> benchConvKernels(int threads, const std::function<void(const std::string&)>& progress) {
    const torch::NoGradGuard noGradients;
    const int before = at::get_num_threads();
    at::set_num_threads(threads);
    std::vector<BenchRow> rows;
    for (const ConvShape& s : benchShapes()) {
        const int oh = s.outHeight(), ow = s.outWidth();
        Layer plain{torch::randn({s.n, s.channels(), s.h, s.w}), torch::randn({s.cout, s.channels(), s.kernel, s.kernel}) * 0.1,
                    torch::randn({s.cout}), torch::randn({s.n, s.cout, oh, ow})};
        const Layer nhwc = plain.as(torch::kBFloat16, torch::MemoryFormat::ChannelsLast);
        Kernel ours(s, nhwc, plain);
        const double work = 2e-9 * s.n * oh * ow * s.cout * s.channels() * s.taps();
        const auto add = [&](const char* operation, const std::vector<double>& time) {
            const char* const baselines[] = {"oneDNN bf16 NHWC", "oneDNN fp32 NCHW"};
            for (int b = 0; b < 2; ++b)
                rows.push_back({"conv", nameOf(s) + " " + operation, work / time[0], "GFLOP/s", baselines[b], work / time[1 + b],
                                time[1 + b] / time[0]});
        };
        add("forward", alternate({[&] { ours.forward(); }, [&] { nhwc.forward(s); }, [&] { plain.forward(s); }}));
        add("data gradient", alternate({[&] { ours.backwardData(); }, [&] { nhwc.backward(s, true); }, [&] { plain.backward(s, true); }}));
        add("weight gradient",
            alternate({[&] { ours.backwardWeight(); }, [&] { nhwc.backward(s, false); }, [&] { plain.backward(s, false); }}));
        if (progress) {
            std::string line = nameOf(s) + ":";
            for (std::size_t r = rows.size() - 6; r < rows.size(); r += 2) {
                char text[96];
                std::snprintf(text, sizeof text, " %.0f (x%.2f bf16, x%.2f fp32)", rows[r].value, rows[r].ratio, rows[r + 1].ratio);
                line += text;
            }
            progress(line);
        }
    }
    at::set_num_threads(before);
    return rows;
}

}  // namespace imago::nn
