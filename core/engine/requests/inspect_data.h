// InspectDataRequest: looks at a dataset without training: counts, classes, size, what was found wrong with it, a grid of
// the pictures as the model would see them. Plain value, any thread.
#pragma once

#include <string>

#include "core/config/field.h"

namespace imago {

struct InspectDataRequest {
    static constexpr const char* kind = "inspect_data";
    std::string data{};
    int resolution = 0;  // 0: the data's own
    int thumbnails = 32;
    std::string fit = "crop";      // pictures that are not square: cut, or filled up with ground (pad)
    std::string ground = "white";  // under transparent pictures: white, black, grey, #rrggbb
    std::string packTo{};          // also writes them as one packed file

    static Fields<InspectDataRequest> fields() {
        using R = InspectDataRequest;
        return {
            field(&R::data, "data", "", "Pictures, for example folder:PATH").required().dataset().flag("data"),
            field(&R::resolution, "resolution", "", "Side of the square pictures (0: the data's own)").range(0, 2048),
            field(&R::thumbnails, "thumbnails", "", "How many are shown").range(1, 1024).flag(""),
            field(&R::fit, "fit", "", "Pictures that are not square: crop or pad").choices({{"crop", ""}, {"pad", ""}}),
            field(&R::ground, "ground", "", "Under transparent pictures: white, black, grey, #rrggbb"),
            field(&R::packTo, "pack_to", "", "The file").path().flag("--out"),
        };
    }
};

}  // namespace imago
