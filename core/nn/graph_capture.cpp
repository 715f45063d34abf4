#include "core/nn/graph_capture.h"

#ifdef IMAGO_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace imago::nn {

#ifdef IMAGO_CUDA

// Libraries choose algorithms and allocate workspaces in their first calls: those run unrecorded, on the side stream that
// recording needs anyway.
struct GraphCapture::Recording {
    static constexpr int kWarmUps = 3;
    c10::cuda::CUDAStream stream;
    std::unique_ptr<at::cuda::CUDAGraph> graph;
    int calls = 0;

    explicit Recording(const Device& device) : stream(c10::cuda::getStreamFromPool(false, static_cast<c10::DeviceIndex>(device.index))) {}
};

GraphCapture::GraphCapture(const Device& device) {
    if (device.isCuda()) m_recording = std::make_unique<Recording>(device);
}

void GraphCapture::run(const std::function<void()>& body) {
    if (!m_recording) return body();
    auto& r = *m_recording;
    if (r.graph) return r.graph->replay();
    cudaDeviceSynchronize();
    {
        const c10::cuda::CUDAStreamGuard guard(r.stream);
        if (r.calls++ < Recording::kWarmUps) {
            body();
        } else {
            auto graph = std::make_unique<at::cuda::CUDAGraph>();
            graph->capture_begin();
            body();
            graph->capture_end();
            r.graph = std::move(graph);
        }
    }
    cudaDeviceSynchronize();
    if (r.graph) r.graph->replay();  // recording itself runs nothing
}

void GraphCapture::reset() {
    if (!m_recording) return;
    m_recording->graph.reset();
    m_recording->calls = 0;
}

#else

struct GraphCapture::Recording {};

GraphCapture::GraphCapture(const Device&) {}
void GraphCapture::run(const std::function<void()>& body) {
    body();
}
void GraphCapture::reset() {}

#endif

GraphCapture::~GraphCapture() = default;

}  // namespace imago::nn
