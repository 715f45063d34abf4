#include "core/models/batch_tensor.h"

#include "core/nn/torch_pch.h"
#include "core/tensor/random_tensor.h"
#include "core/tensor/tensor_image.h"

namespace imago {

at::Tensor networkPixels(const Batch& batch, const StepInfo& info, bool mirror) {
    at::Tensor x = *batch.pixels;
    if (x.scalar_type() == at::kByte) x = floatPixels(x);
    if (mirror) {
        const auto device = x.device();
        const Device where{device.is_cuda() ? Device::Kind::Cuda : Device::Kind::Cpu, device.is_cuda() ? int(device.index()) : 0};
        const auto turn = uniformTensor({info.seed, Purpose::Augment, std::uint64_t(info.step)}, 0, {x.size(0), 1, 1, 1}, where) < 0.5;
        x = at::where(turn, x.flip(3), x);
    }
    return x.contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace imago
