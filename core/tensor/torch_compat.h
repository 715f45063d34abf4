// The only header that knows LibTorch versions (1.13 from Debian, 2.x upstream). Compute thread.
#pragma once

#include <torch/version.h>

#define IMAGO_TORCH_AT_LEAST(major, minor) \
    (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))
