// Convolutions for training small U-Nets on a CPU: bf16 activations, fp32 master weights, no LibTorch.
// Thread: the caller's. Every call opens OpenMP parallel regions of its own; outputs and data gradients
// are the same bytes for any number of threads, weight gradients for the same number.
//
// Activations are raw bf16 bits, NHWC, contiguous. The two inputs of a convolution stand for the channel
// concatenation [x | x2], which is never built. Padding is kernel / 2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace imago::nn {

// Which instructions a packed weight is laid out for; chosen at run time.
enum class ConvIsa { Portable, Avx512Bf16 };

// The best one this CPU can run (asked of the CPU once).
ConvIsa bestConvIsa();

// Order of the fp32 master weights and their gradient.
//   Ohwi: [cout][kh][kw][cin + cin2], what a channels-last LibTorch weight has in memory. The fast one.
//   Oihw: [cout][cin + cin2][kh][kw].
enum class ConvWeightLayout { Ohwi, Oihw };

struct ConvShape {
    int n = 1, h = 1, w = 1;  // x is [n, h, w, cin]
    int cin = 1;
    int cin2 = 0;  // channels of the second input, 0: there is none
    int cout = 1;
    int kernel = 3;         // 1 or 3
    int stride = 1;         // 1 or 2
    bool upsample = false;  // both inputs are enlarged 2x (nearest) before the convolution; stride 1 only
    ConvIsa isa = bestConvIsa();

    int channels() const { return cin + cin2; }
    int taps() const { return kernel * kernel; }
    int outHeight() const { return upsample ? 2 * h : (h + stride - 1) / stride; }
    int outWidth() const { return upsample ? 2 * w : (w + stride - 1) / stride; }
    std::size_t weightCount() const {
        return static_cast<std::size_t>(cout) * static_cast<std::size_t>(taps()) * static_cast<std::size_t>(channels());
    }
};

// Scratch memory that grows and is reused from call to call; one per calling thread.
class ConvWorkspace {
  public:
    // At least `bytes`, aligned to 64; what an earlier call returned is no longer valid.
    std::byte* reserve(std::size_t bytes);

  private:
    struct Release {
        void operator()(std::byte* p) const;
    };
    std::unique_ptr<std::byte, Release> m_memory;
    std::size_t m_size = 0;
};

// Packed weights: an opaque copy that the kernels read, made once after each optimizer step. Its form depends on
// cin, cin2, cout, kernel, stride, upsample and isa, never on n, h, w. The memory must be aligned to 64 bytes.
std::size_t convPackedForwardBytes(const ConvShape& shape);
std::size_t convPackedBackwardBytes(const ConvShape& shape);
void convPackForward(const ConvShape& shape, const float* weight, ConvWeightLayout layout, void* packed);
void convPackBackward(const ConvShape& shape, const float* weight, ConvWeightLayout layout, void* packed);

// y [n, outHeight, outWidth, cout] = conv([x | x2]) + bias + residual.
// x2 is null where cin2 is 0; bias (fp32 [cout]) and residual (bf16, y's shape; may be y itself) may be null.
void convForward(const ConvShape& shape, const std::uint16_t* x, const std::uint16_t* x2, const void* packedForward, const float* bias,
                 const std::uint16_t* residual, std::uint16_t* y, ConvWorkspace& workspace);

// gx [n, h, w, cin], gx2 [n, h, w, cin2] = the gradient of the inputs for gy [n, outHeight, outWidth, cout].
// Either may be null where it is not wanted. `shape` is the forward one. They are overwritten, not added to.
void convBackwardData(const ConvShape& shape, const std::uint16_t* gy, const void* packedBackward, std::uint16_t* gx, std::uint16_t* gx2,
                      ConvWorkspace& workspace);

// gw += the gradient of the weight (fp32, in `layout`), gb += that of the bias (fp32 [cout]; may be null).
void convBackwardWeight(const ConvShape& shape, const std::uint16_t* x, const std::uint16_t* x2, const std::uint16_t* gy,
                        ConvWeightLayout layout, float* gw, float* gb, ConvWorkspace& workspace);

}  // namespace imago::nn
