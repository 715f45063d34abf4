// GroupNorm + modulation + SiLU on a card: one block an image, threads across channels so that reads coalesce, sums in a
// fixed order. The mathematics is that of fused_norm.cpp.
#include <c10/cuda/CUDAStream.h>
#include <c10/util/BFloat16.h>

#include "core/nn/device_kernels.h"
#include "core/nn/fused_norm.h"

namespace imago::nn::cuda {

namespace {

constexpr int kThreads = 512;

// The block's threads as `rows` rows of `width` channels.
struct Grid {
    int width, rows, row, lane;
    __device__ explicit Grid(int channels)
        : width(min(channels, kThreads)), rows(kThreads / width), row(threadIdx.x / width), lane(threadIdx.x % width) {}
    __device__ bool works() const { return row < rows; }
};

// Adds up each lane's value over the rows; the result is in row 0.
__device__ float sumRows(const Grid& grid, float value, float* part) {
    __syncthreads();
    if (grid.works()) part[grid.row * grid.width + grid.lane] = value;
    __syncthreads();
    float sum = 0;
    if (grid.row == 0) {
        for (int r = 0; r < grid.rows; ++r) sum += part[r * grid.width + grid.lane];
    }
    return sum;
}

__device__ float sigmoid(float z) {
    return 1.0F / (1.0F + expf(-z));
}

template <class T>
__global__ void forward(const T* x, const float* weight, const float* bias, const float* scaleShift, int channels, int pixels, int groups,
                        bool silu, T* y, float* statistics) {
    extern __shared__ float shared[];
    float *part = shared, *mean = part + kThreads, *squares = mean + channels, *a = squares + channels, *b = a + channels;
    const Grid grid(channels);
    const std::int64_t image = blockIdx.x;
    const T* in = x + image * pixels * channels;
    for (int first = 0; first < channels; first += grid.width) {
        const int c = first + grid.lane;
        const bool works = grid.works() && c < channels;
        const float shift = works ? static_cast<float>(in[c]) : 0.0F;
        float sum = 0, square = 0;
        for (int p = grid.row; works && p < pixels; p += grid.rows) {
            const float d = static_cast<float>(in[static_cast<std::int64_t>(p) * channels + c]) - shift;
            sum += d;
            square += d * d;
        }
        sum = sumRows(grid, sum, part);
        square = sumRows(grid, square, part);
        if (grid.row == 0 && works) {
            mean[c] = shift + sum / pixels;
            squares[c] = square - sum * (sum / pixels);
        }
    }
    __syncthreads();
    const int size = channels / groups;
    for (int c = threadIdx.x; c < channels; c += kThreads) {
        const int begin = c / size * size;
        double centre = 0, spread = 0;
        for (int k = begin; k < begin + size; ++k) centre += mean[k];
        centre /= size;
        for (int k = begin; k < begin + size; ++k) spread += squares[k] + pixels * (mean[k] - centre) * (mean[k] - centre);
        const float deviation = static_cast<float>(1 / sqrt(spread / (static_cast<double>(pixels) * size) + kNormEpsilon));
        const float s = scaleShift ? 1 + scaleShift[image * 2 * channels + c] : 1.0F;
        const float shift = scaleShift ? scaleShift[(image * 2 + 1) * channels + c] : 0.0F;
        a[c] = deviation * weight[c] * s;
        b[c] = bias[c] * s + shift - static_cast<float>(centre) * a[c];
        statistics[image * 2 * channels + c] = static_cast<float>(centre);
        statistics[(image * 2 + 1) * channels + c] = deviation;
    }
    __syncthreads();
    for (int i = threadIdx.x; i < pixels * channels; i += kThreads) {
        const int c = i % channels;
        float z = static_cast<float>(in[i]) * a[c] + b[c];
        if (silu) z *= sigmoid(z);
        y[image * pixels * channels + i] = static_cast<T>(z);
    }
}

template <class T>
__global__ void backward(const T* x, const T* dy, const float* weight, const float* bias, const float* scaleShift, const float* statistics,
                         int channels, int pixels, int groups, bool silu, T* dx, float* parts, float* dScaleShift) {
    extern __shared__ float shared[];
    float *part = shared, *sums = part + kThreads, *sumsX = sums + channels;
    const Grid grid(channels);
    const std::int64_t image = blockIdx.x, base = image * pixels * channels;
    const float *mean = statistics + image * 2 * channels, *deviation = mean + channels;
    const float* scale = scaleShift ? scaleShift + image * 2 * channels : nullptr;
    auto slope = [&](float value, float up, int c) {  // the gradient at z
        if (!silu) return up;
        const float s = scale ? 1 + scale[c] : 1.0F;
        const float z = (value - mean[c]) * deviation[c] * weight[c] * s + bias[c] * s + (scale ? scale[channels + c] : 0.0F);
        const float g = sigmoid(z);
        return up * (g + z * g - z * g * g);
    };
    for (int first = 0; first < channels; first += grid.width) {
        const int c = first + grid.lane;
        const bool works = grid.works() && c < channels;
        float sum = 0, sumX = 0;
        for (int p = grid.row; works && p < pixels; p += grid.rows) {
            const std::int64_t at = base + static_cast<std::int64_t>(p) * channels + c;
            const float value = static_cast<float>(x[at]);
            const float dz = slope(value, static_cast<float>(dy[at]), c);
            sum += dz;
            sumX += dz * (value - mean[c]) * deviation[c];
        }
        sum = sumRows(grid, sum, part);
        sumX = sumRows(grid, sumX, part);
        if (grid.row == 0 && works) {
            const float s = scale ? 1 + scale[c] : 1.0F;
            sums[c] = sum;
            sumsX[c] = sumX;
            parts[image * 2 * channels + c] = s * sumX;
            parts[(image * 2 + 1) * channels + c] = s * sum;
            if (dScaleShift) {
                dScaleShift[image * 2 * channels + c] = weight[c] * sumX + bias[c] * sum;
                dScaleShift[(image * 2 + 1) * channels + c] = sum;
            }
        }
    }
    __syncthreads();
    const int size = channels / groups;
    for (int i = threadIdx.x; i < pixels * channels; i += kThreads) {
        const int c = i % channels, begin = c / size * size;
        float first = 0, second = 0;
        for (int k = begin; k < begin + size; ++k) {
            const float g = weight[k] * (scale ? 1 + scale[k] : 1.0F);
            first += g * sums[k];
            second += g * sumsX[k];
        }
        const float count = static_cast<float>(pixels) * size, value = static_cast<float>(x[base + i]);
        const float g = weight[c] * (scale ? 1 + scale[c] : 1.0F);
        const float normal = (value - mean[c]) * deviation[c];
        dx[base + i] = static_cast<T>(deviation[c] *
                                      (g * slope(value, static_cast<float>(dy[base + i]), c) - first / count - normal * second / count));
    }
}

template <class T>
const T* in(const torch::Tensor& t) {
    return t.defined() ? static_cast<const T*>(t.data_ptr()) : nullptr;
}

}  // namespace

void normForward(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias, int groups, bool silu,
                 const torch::Tensor& scaleShift, torch::Tensor& y, torch::Tensor& statistics) {
    const int n = static_cast<int>(x.size(0)), c = static_cast<int>(x.size(1)), pixels = static_cast<int>(x.size(2) * x.size(3));
    const std::size_t bytes = (kThreads + 4 * static_cast<std::size_t>(c)) * sizeof(float);
    const auto stream = c10::cuda::getCurrentCUDAStream().stream();
    auto launch = [&](auto type) {
        using T = decltype(type);
        forward<T><<<n, kThreads, bytes, stream>>>(in<T>(x), in<float>(weight), in<float>(bias), in<float>(scaleShift), c, pixels, groups,
                                                   silu, static_cast<T*>(y.data_ptr()), statistics.data_ptr<float>());
    };
    x.scalar_type() == torch::kFloat ? launch(float{}) : launch(c10::BFloat16{});
}

void normBackward(const torch::Tensor& x, const torch::Tensor& dy, const torch::Tensor& weight, const torch::Tensor& bias, int groups,
                  bool silu, const torch::Tensor& scaleShift, const torch::Tensor& statistics, torch::Tensor& dx, torch::Tensor& dWeight,
                  torch::Tensor& dBias, torch::Tensor& dScaleShift) {
    const int n = static_cast<int>(x.size(0)), c = static_cast<int>(x.size(1)), pixels = static_cast<int>(x.size(2) * x.size(3));
    const std::size_t bytes = (kThreads + 2 * static_cast<std::size_t>(c)) * sizeof(float);
    const auto stream = c10::cuda::getCurrentCUDAStream().stream();
    auto parts = torch::empty({n, 2, c}, statistics.options());
    float* modulation = dScaleShift.defined() ? dScaleShift.data_ptr<float>() : nullptr;
    auto launch = [&](auto type) {
        using T = decltype(type);
        backward<T><<<n, kThreads, bytes, stream>>>(in<T>(x), in<T>(dy), in<float>(weight), in<float>(bias), in<float>(scaleShift),
                                                    in<float>(statistics), c, pixels, groups, silu, static_cast<T*>(dx.data_ptr()),
                                                    parts.data_ptr<float>(), modulation);
    };
    x.scalar_type() == torch::kFloat ? launch(float{}) : launch(c10::BFloat16{});
    const auto total = parts.sum(0);
    dWeight = total.select(0, 0);
    dBias = total.select(0, 1);
}

}  // namespace imago::nn::cuda
