// Precompiled header of the LibTorch side: torch/torch.h costs 18 s a file otherwise. Only nn/, models/ and tests rely on it.
#pragma once

#include <torch/torch.h>
