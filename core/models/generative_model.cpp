#include "core/models/generative_model.h"

#include "core/models/latent_space.h"

namespace imago {

std::unique_ptr<LatentSpace> GenerativeModel::latentSpace() {
    return nullptr;
}

}  // namespace imago
