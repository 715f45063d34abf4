// CompressJob: a picture into a latent file through a model's encoder, and a latent file back into a picture through its
// decoder. Pictures larger than the model's own size go tile by tile. Compute lane, a batch of tiles a slice; files are read
// and written on the io lane.
#pragma once

#include <memory>

#include "core/engine/job.h"
#include "core/sample/model_cache.h"

namespace imago {

// The cache must outlive the job. TileReady shows finished tiles of what decoding gives (revision 1), also while encoding. The
// result has "direction" (encode | decode), "bytes" of the latent file, "bits_per_pixel", and, when encoding, "psnr" of what
// comes back.
Result<std::unique_ptr<Job>> makeCompressJob(const CompressRequest& request, ModelCache& models);

}  // namespace imago
