#include "core/train/batch_parts.h"

#include <limits>

#include "core/base/error.h"
#include "core/nn/parameters.h"
#include "core/nn/torch_pch.h"
#include "core/tensor/tensor_memory.h"

namespace imago {

void BatchParts::setParts(int parts) {
    if (parts >= 1 && parts <= m_batch && m_batch % parts == 0) m_parts = parts;
}

// The next number of equal parts that is at least twice as large.
bool BatchParts::halve() {
    for (int parts = 2 * m_parts; parts <= m_batch; ++parts)
        if (m_batch % parts == 0) {
            m_parts = parts;
            return true;
        }
    if (m_parts == m_batch) return false;
    m_parts = m_batch;
    return true;
}

void BatchParts::run(nn::ParameterArena& arena, at::Tensor& losses, bool backwards, const Work& work) {
    while (true) {
        try {
            if (m_parts == 1) return work(0, 0, m_batch, losses);
            const std::int64_t count = m_batch / m_parts;
            at::Tensor sum = at::zeros_like(losses), measured = at::zeros_like(losses);
            for (int i = 0; i < m_parts; ++i) {
                const int part = backwards ? m_parts - 1 - i : i;
                at::Tensor one = at::full_like(losses, std::numeric_limits<float>::quiet_NaN());
                work(part, part * count, count, one);
                const at::Tensor known = one.isnan().logical_not();
                sum += at::where(known, one, at::zeros_like(one));
                measured += known.to(measured.scalar_type());
            }
            losses.copy_(at::where(measured > 0, sum / measured.clamp_min(1), losses));
            arena.flat(nn::ParameterArena::Buffer::Gradient).mul_(1.0 / m_parts);
            return;
        } catch (const std::exception& problem) {  // besides the worker and the file borders: it can be cured here
            if (!m_automatic || !isOutOfMemory(problem) || !halve()) throw;
        }
        arena.zeroGrad();
        trimTensorMemory();
    }
}

}  // namespace imago
